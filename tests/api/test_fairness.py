"""Whoever asks for much waits behind itself: nobody else does, and nothing is done for who has left."""

import select
import signal
import socket
import sqlite3
import struct
import urllib.parse
from contextlib import ExitStack, contextmanager

import pytest

from chatlib import Connection, Daemon, User, until
from chatlib.http1 import request_bytes
from chatlib.people import ok

CHANNELS = 8000  # of one who asks for all of them: some milliseconds each time
READS_WAITING = 32
SLOW = "/users/me/unread"


class Crowded:
    """One reader; `greedy`, whose reads are slow, and `modest`, whose are not."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.greedy = User(daemon)
        self.modest = User(daemon)
        place = self.greedy.place()
        self.restart(lambda db: db.executemany(
            "INSERT INTO channels (server_id, name, created_at, created_rev, rev)"
            " SELECT server_id, ?, created_at, created_rev, rev FROM channels WHERE id = ?",
            ((f"channel {n}", place.general) for n in range(CHANNELS))))

    def restart(self, change):
        assert self.daemon.stop() == 0
        with sqlite3.connect(self.daemon.directory / "chat.db") as db:
            change(db)
        db.close()
        self.daemon.start()
        for user in (self.greedy, self.modest):
            user.close()

    @contextmanager
    def at_once(self):
        """What is sent meanwhile finds chatd doing nothing, and is read by it together."""
        self.daemon.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.daemon.process.send_signal(signal.SIGCONT)

    def metric(self, name):
        text = self.modest.get("/metrics").text
        return int(text.split(f"\n{name} ")[1].split()[0])

    def answered(self):
        """The paths of all requests that were answered, in this order."""
        return [line["path"] for line in self.daemon.log_lines() if line["message"] == "request"]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("crowded"), "--rate-limit", "off", "--workers", "1",
                "--log-level", "debug") as daemon:
        yield Crowded(daemon)


@contextmanager
def connections(daemon, count):
    with ExitStack() as stack:
        yield [stack.enter_context(Connection(daemon.address)) for _ in range(count)]


def get(user, path):
    return request_bytes("GET", path, [("Authorization", f"Bearer {user.token}")])


def upgrade(user):
    return request_bytes("GET", "/gateway", [
        ("Authorization", f"Bearer {user.token}"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Sec-WebSocket-Version", "13")])


def reset(connection):
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# --- reads ---

@contextmanager
def between(crowded, count, request):
    """Many requests of the one, and before and behind them a read of the other: the connections. In
    which order chatd's loop finds them is its own affair."""
    with connections(crowded.daemon, count) as many, connections(crowded.daemon, 2) as both:
        with crowded.at_once():
            both[0].send(get(crowded.modest, "/servers"))
            for connection in many:
                connection.send(request)
            both[1].send(get(crowded.modest, "/servers"))
        yield many, both


def test_many_reads_delay_nobody_else(crowded):
    before = len(crowded.answered())
    with between(crowded, READS_WAITING, get(crowded.greedy, SLOW)) as (many, both):
        assert {connection.read_reply().status for connection in many + both} == {200}
    order = crowded.answered()[before:]
    assert sorted(order) == ["/servers"] * 2 + [SLOW] * READS_WAITING
    assert "/servers" not in order[8:]


def test_more_reads_than_may_wait(crowded):
    with between(crowded, 2 * READS_WAITING, get(crowded.greedy, SLOW)) as (many, both):
        assert {connection.read_reply().status for connection in both} == {200}
        replies = [connection.read_reply() for connection in many]
    busy = [reply for reply in replies if reply.status != 200]
    assert READS_WAITING <= len(replies) - len(busy) < 2 * READS_WAITING
    for reply in busy:
        assert (reply.status, reply.code()) == (503, "busy")
        assert int(reply.header("Retry-After")) > 0
    assert crowded.metric("chatd_busy_total") >= len(busy)


@contextmanager
def openings(crowded):
    """Gateways of the one that were upgraded and wait for their `ready`: more than may wait over
    HTTP."""
    with connections(crowded.daemon, 2 * READS_WAITING - 4) as many:
        with crowded.at_once():
            for connection in many:
                connection.send(upgrade(crowded.greedy))
        for connection in many:
            connection.take_until(b"\r\n\r\n")
        yield many


def openings_before(crowded):
    """How many of them are ready when a later read of the other is answered."""
    with openings(crowded) as many, Connection(crowded.daemon.address) as one:
        one.send(get(crowded.modest, "/servers"))
        assert one.read_reply().status == 200
        ready = [connection for connection in many
                 if connection.buffer or select.select([connection.sock], [], [], 0)[0]]
        for connection in many:  # none was refused
            assert b'{"type":"ready"' in connection.take(100)
    return len(ready)


def test_many_openings_delay_nobody_else(crowded):
    # A client that is late itself finds all of them ready, but hardly each time.
    assert any(openings_before(crowded) < READS_WAITING for _ in range(5))


def test_what_was_asked_by_who_has_left_is_not_done(crowded):
    before = crowded.metric("chatd_reads_dropped_total")
    with openings(crowded) as many:
        for connection in many:
            reset(connection)
    until(lambda: crowded.metric("chatd_reads_waiting") == 0, "them to leave")
    assert crowded.metric("chatd_reads_dropped_total") - before >= READS_WAITING // 2


# --- passwords ---

@contextmanager
def behind_proxy(directory, limit):
    with Daemon(directory, "--rate-limit", limit, "--trusted-proxies", "127.0.0.1") as daemon:
        yield daemon


def login(name, password, address):
    body = urllib.parse.urlencode({"username": name, "password": password}).encode()
    return request_bytes("POST", "/auth/login", [
        ("Content-Type", "application/x-www-form-urlencoded"), ("X-Forwarded-For", address)], body)


@pytest.mark.parametrize("limit", ["on", "off"])
def test_five_logins_at_once_from_one_address(tmp_path, limit):
    with behind_proxy(tmp_path, limit) as daemon:
        users = [User(daemon, password="a horse", login=False) for _ in range(5)]
        with connections(daemon, len(users)) as logins:
            for user, connection in zip(users, logins):
                connection.send(login(user.name, "a horse", "192.0.2.1"))
            assert {connection.read_reply().status for connection in logins} == {200}


def test_guessers_push_out_each_other(tmp_path):
    """Twenty addresses with four guesses each are more than may wait; ten people log in meanwhile."""
    with behind_proxy(tmp_path, "off") as daemon:
        users = [User(daemon, password="a horse", login=False) for _ in range(10)]
        with connections(daemon, 80) as guesses, connections(daemon, 10) as logins:
            for n, connection in enumerate(guesses):
                connection.send(login(f"somebody{n}", "guess", f"198.51.100.{n % 20}"))
            full = select.select([connection.sock for connection in guesses], [], [], 30)[0]
            assert full, "somebody is refused, or has guessed wrong"
            for n, (user, connection) in enumerate(zip(users, logins)):
                connection.send(login(user.name, "a horse", f"192.0.2.{n}"))
            assert {connection.read_reply().status for connection in logins} == {200}
            replies = [connection.read_reply() for connection in guesses]
            busy = [reply for reply in replies if reply.status == 503]
            assert {reply.status for reply in replies} == {401, 503} and len(busy) >= 20
            assert all(int(reply.header("Retry-After")) > 0 for reply in busy)


def test_guesses_at_one_account_from_many_addresses(tmp_path):
    """They are one line: eight wait, and who logs in elsewhere waits for one of them."""
    with behind_proxy(tmp_path, "off") as daemon:
        victim = User(daemon, password="a horse", login=False)
        other = User(daemon, password="a horse", login=False)
        with connections(daemon, 40) as guesses, Connection(daemon.address) as one:
            for n, connection in enumerate(guesses):
                connection.send(login(victim.name.upper() if n % 2 else victim.name, "guess", f"198.51.100.{n}"))
            one.send(login(other.name, "a horse", "192.0.2.1"))
            assert one.read_reply().status == 200
            statuses = [connection.read_reply().status for connection in guesses]
            assert statuses.count(503) >= 28, statuses
