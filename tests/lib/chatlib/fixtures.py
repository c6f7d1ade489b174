"""Fixtures of the suites whose tests share one chatd: it, its people, and a server of theirs."""

import pytest

from .daemon import Daemon
from .people import Client, User
from .recorder import recorder


@pytest.fixture(scope="session")
def chatd(tmp_path_factory):
    """It must end well, whatever the tests did to it."""
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        recorder.load(Client(daemon).get("/openapi.json").json())
        yield daemon


@pytest.fixture(autouse=True)
def survives(request):
    """chatd goes on after every test that used it."""
    yield
    if "chatd" in request.fixturenames:
        assert request.getfixturevalue("chatd").alive(), "chatd died"


class People(dict):
    """Users by name, registered when they are first asked for."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon = daemon

    def __missing__(self, name):
        self[name] = User(self.daemon, name)
        return self[name]


@pytest.fixture(scope="session")
def people(chatd):
    return People(chatd)


def _person(name):
    @pytest.fixture(name=name)
    def person(people):
        return people[name]
    return person


alice, bob, carol, dave, erin, frank, grace, mallory = map(
    _person, ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "mallory"))


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
def shared(place, bob, carol):
    """A server of alice's in which bob and carol are members; mallory never is."""
    place.join(bob)
    place.join(carol)
    return place
