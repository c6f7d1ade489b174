import os

import pytest

from chatlib import Daemon, User

SEEDS = int(os.environ.get("SEEDS", "200"))


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="replays one seed of the model test")
    parser.addoption("--crowd", type=int, default=1000, help="users of the reconnection storm")


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        one = metafunc.config.getoption("seed")
        metafunc.parametrize("seed", range(SEEDS) if one is None else [one])


@pytest.fixture(scope="session")
def chatd(tmp_path_factory):
    """The chatd that most tests share. It must end well, whatever they did to it."""
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def survives(request):
    yield
    if "chatd" in request.fixturenames:
        assert request.getfixturevalue("chatd").alive(), "chatd died"


@pytest.fixture(scope="session")
def crowd(chatd):
    return {name: User(chatd, name) for name in ("alice", "bob", "carol", "dave", "mallory")}


def _one(name):
    @pytest.fixture(name=name)
    def fixture(crowd):
        return crowd[name]
    return fixture


alice, bob, carol, dave, mallory = map(_one, ("alice", "bob", "carol", "dave", "mallory"))


@pytest.fixture
def newcomer(chatd):
    """Makes users that a test may change as it likes."""
    return lambda **how: User(chatd, **how)


@pytest.fixture
def place(alice):
    """A server of alice's; the others are not in it."""
    place = alice.place()
    yield place
    place.delete()


@pytest.fixture
def room(place, bob, carol):
    """A server of alice's in which bob and carol are members; mallory never is."""
    place.join(bob)
    place.join(carol)
    return place
