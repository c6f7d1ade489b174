import pytest

from chatlib import Daemon
from chatlib.load import World


@pytest.fixture
def world(tmp_path):
    with Daemon(tmp_path) as daemon:
        yield World(daemon)
