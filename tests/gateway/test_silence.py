"""Peers that are dead are found. All sockets are opened together, so that their times pass side by
side."""

import select
import socket
import threading
import time

import pytest

from chatlib import Closed, Connection, Gateway, User

HEARTBEAT_SECONDS = 25
HANDSHAKE_SECONDS = 10


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
        """Without reading, which would make shared."""
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


@pytest.fixture(scope="module", name="sleepers")
def fixture(chatd):
    sleepers = Sleepers(User(chatd))
    yield sleepers
    sleepers.close()


def test_who_answers_no_ping_is_cut_off_within_a_minute(sleepers):
    assert HEARTBEAT_SECONDS - 1 < sleepers.wait("silent") < 60


def test_who_owes_acknowledgements_is_cut_off_within_a_minute(sleepers):
    """One whose receive buffer is full, so that no ping reaches it."""
    assert HEARTBEAT_SECONDS - 1 < sleepers.wait("full") < 60


def test_half_a_handshake_is_cut_off(sleepers):
    assert HANDSHAKE_SECONDS - 1 < sleepers.wait("half") < HANDSHAKE_SECONDS + 10


def test_who_answers_pings_stays(sleepers):
    sleepers.wait("silent")
    sleepers.check_alive()
