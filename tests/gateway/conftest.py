import os
import select
import socket
import threading
import time

import pytest

from chatlib import Closed, Connection, Daemon, Gateway, User

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


LAST = "test_silence.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name == LAST)


class Sleepers:
    """Sockets that say nothing, and when chatd ended each."""

    def __init__(self, user):
        self.sockets, self.threads, self.ended = {}, {}, {}
        self.keep("silent", Gateway(user).connection)
        self.keep("full", Gateway(user, receive_buffer=4096).connection)
        half = Connection(user.daemon.address)
        half.send("GET /gateway HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
        self.keep("half", half)
        self.awake = Gateway(user)
        self.awake.ready()
        self.keep("awake", self.awake.connection, self.answer)

    def keep(self, name, connection, wait=None):
        def watch():
            began = time.monotonic()
            (wait or self.wait_for_end)(connection.sock)
            self.ended[name] = time.monotonic() - began
        self.sockets[name] = connection
        self.threads[name] = threading.Thread(target=watch, daemon=True)
        self.threads[name].start()

    @staticmethod
    def wait_for_end(sock):
        """Without reading, which would make room."""
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        poll.poll(90000)

    def answer(self, _):
        """Reads, and so answers pings."""
        try:
            while True:
                self.awake.recv(600)
        except (Closed, OSError, ValueError):
            pass

    def wait(self, name):
        """Seconds until it was ended."""
        self.threads[name].join()
        return self.ended[name]

    def check_alive(self):
        assert self.threads["awake"].is_alive()

    def close(self):
        for connection in self.sockets.values():
            connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()


@pytest.fixture(scope="session", autouse=True)
def sleepers(request, chatd):
    if not any(item.path.name == LAST for item in request.session.items):
        yield None
        return
    sleepers = Sleepers(User(chatd))
    yield sleepers
    sleepers.close()


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
