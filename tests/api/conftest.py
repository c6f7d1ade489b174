import pytest

from chatlib import Client, Daemon, User, recorder

CROWD = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "mallory")


def pytest_collection_modifyitems(session, items):
    """The coverage test goes last, and only counts when the whole suite runs."""
    items.sort(key=lambda item: item.path.name == "test_coverage.py")
    everything = {path.name for path in items[0].path.parent.glob("test_*.py")} if items else set()
    if {item.path.name for item in items} < everything:
        skip = pytest.mark.skip(reason="only a part of the suite runs")
        for item in items:
            if item.path.name == "test_coverage.py":
                item.add_marker(skip)


@pytest.fixture(scope="session")
def chatd(tmp_path_factory):
    """The chatd that most tests share. It must end well, whatever they did to it."""
    with Daemon(tmp_path_factory.mktemp("chatd")) as daemon:
        reply = Client(daemon).get("/openapi.json")
        recorder.load(reply.json())
        yield daemon


@pytest.fixture(autouse=True)
def survives(request):
    """chatd goes on after every test that used it."""
    yield
    if "chatd" in request.fixturenames:
        assert request.getfixturevalue("chatd").alive(), "chatd died"


@pytest.fixture(scope="session")
def crowd(chatd):
    return {name: User(chatd, name) for name in CROWD}


@pytest.fixture
def anybody(chatd):
    client = Client(chatd)
    yield client
    client.close()


@pytest.fixture
def newcomer(chatd):
    """Makes users that a test may change as it likes."""
    return lambda **how: User(chatd, **how)


def _one(name):
    @pytest.fixture(name=name)
    def fixture(crowd):
        return crowd[name]
    return fixture


alice, bob, carol, dave, erin, frank, grace, mallory = map(_one, CROWD)


@pytest.fixture
def place(alice):
    """A server of alice's."""
    place = alice.place()
    yield place
    place.delete()


@pytest.fixture
def shared(place, bob, carol):
    """A server of alice's in which bob and carol are members; mallory never is."""
    place.join(bob)
    place.join(carol)
    return place
