import shutil

import pytest

from chatlib import Daemon


@pytest.fixture(scope="session")
def chatd(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        yield daemon


@pytest.fixture(scope="session")
def engine():
    """Finds a client's engine; the test is skipped where it is not installed."""
    def find(*names):
        found = next(filter(None, map(shutil.which, names)), None)
        if not found:
            pytest.skip(f"no {' or '.join(names)} here")
        return found
    return find
