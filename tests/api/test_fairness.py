"""Whoever asks for much waits behind itself: nobody else does, and nothing is done for who has left."""

import select
import socket
import struct
import urllib.parse
from contextlib import ExitStack, contextmanager

import pytest

from chatlib import Connection, Daemon, User, until
from chatlib.gate import gate
from chatlib.http1 import request_bytes

# Of one user over HTTP. Besides them one is being read, and one is next.
READS_WAITING = 32
AHEAD = 2


class Two:
    """People who share one reader: greedy asks for much, modest does not."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.greedy = User(daemon)
        self.modest = User(daemon)

    def metric(self, name):
        text = self.modest.get("/metrics").text
        return int(text.split(f"\n{name} ")[1].split()[0])

    def wait_for(self, count):
        until(lambda: self.metric("chatd_reads_waiting") >= count, f"{count} reads to wait")

    def answered(self):
        """The paths of the reads that were answered up to now, in this order."""
        self.modest.get("/metrics")  # what was answered before this one is in the log
        return [line["path"] for line in self.daemon.log_lines()
                if line["message"] == "request" and line["path"] in ("/servers", "/users/me")]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("two"), "--rate-limit", "off", "--workers", "1",
                "--log-level", "debug") as daemon:
        yield Two(daemon)


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

def test_many_reads_delay_nobody_else(two):
    before = len(two.answered())
    with connections(two.daemon, READS_WAITING) as many, Connection(two.daemon.address) as one:
        with gate(two.daemon):
            for connection in many:
                connection.send(get(two.greedy, "/users/me"))
            two.wait_for(READS_WAITING - AHEAD)
            one.send(get(two.modest, "/servers"))
            two.wait_for(READS_WAITING - AHEAD + 1)
        assert {connection.read_reply().status for connection in [one, *many]} == {200}
    order = two.answered()[before:]
    assert sorted(order) == ["/servers"] + ["/users/me"] * READS_WAITING
    assert order.index("/servers") <= AHEAD + 1, order


def test_more_reads_than_may_wait(two):
    count = 2 * READS_WAITING
    refused = count - READS_WAITING - AHEAD
    with connections(two.daemon, count) as many, Connection(two.daemon.address) as one:
        with gate(two.daemon):
            for connection in many:
                connection.send(get(two.greedy, "/users/me"))
            until(lambda: len(select.select([connection.sock for connection in many], [], [], 0)[0])
                  >= refused, "the rest to be refused")
            one.send(get(two.modest, "/servers"))
        assert one.read_reply().status == 200
        replies = [connection.read_reply() for connection in many]
    busy = [reply for reply in replies if reply.status != 200]
    assert refused <= len(busy) <= refused + AHEAD
    for reply in busy:
        assert (reply.status, reply.code()) == (503, "busy")
        assert int(reply.header("Retry-After")) > 0
    assert two.metric("chatd_busy_total") >= len(busy)


@contextmanager
def openings(two, count):
    """So many gateways that are upgraded and wait for their `ready`."""
    with connections(two.daemon, count) as many:
        for connection in many:
            connection.send(upgrade(two.greedy))
        for connection in many:
            assert connection.read_reply().status == 101
        two.wait_for(count - AHEAD)
        yield many


def order_of_answers(connections_by_name):
    """The names in the order in which something came for them; of several at once requests count as the last."""
    waiting, order = dict(connections_by_name), []
    while waiting:
        found = select.select([connection.sock for connection in waiting.values()], [], [], 30)[0]
        assert found, f"nothing came for {list(waiting)}"
        come = [name for name, connection in waiting.items() if connection.sock in found]
        order += sorted(come, key=lambda name: isinstance(name, str))
        for name in come:
            del waiting[name]
    return order


def test_many_openings_delay_no_request(two):
    """They have lines of their own, which take turns with those of requests: not even one's own
    request waits for all of them. And as many as there are sockets may wait."""
    count = 2 * READS_WAITING - 4
    with ExitStack() as stack:
        with gate(two.daemon):
            many = stack.enter_context(openings(two, count))
            own, other = stack.enter_context(connections(two.daemon, 2))
            own.send(get(two.greedy, "/users/me"))
            two.wait_for(count - AHEAD + 1)
            other.send(get(two.modest, "/servers"))
            two.wait_for(count - AHEAD + 2)
        order = order_of_answers({"own": own, "other": other} | dict(enumerate(many)))
        assert max(order.index("own"), order.index("other")) < count / 2, order
        assert {connection.read_reply().status for connection in (own, other)} == {200}
        for connection in many:
            assert b'{"type":"ready"' in connection.take(50)


def dropped_of(two, count, ask):
    """How many of so many reads that were asked for and then left are not done."""
    before = two.metric("chatd_reads_dropped_total")
    with ExitStack() as stack:
        with gate(two.daemon):
            for connection in stack.enter_context(ask(two, count)):
                reset(connection)
            until(lambda: two.metric("chatd_sockets") == 0, "them to have left")
        until(lambda: two.metric("chatd_reads_waiting") == 0, "nobody to wait")
    return two.metric("chatd_reads_dropped_total") - before


@contextmanager
def reads(two, count):
    with connections(two.daemon, count) as many:
        for connection in many:
            connection.send(get(two.greedy, "/users/me"))
        two.wait_for(count - AHEAD)
        yield many


@pytest.mark.parametrize("ask", [openings, reads])
def test_what_was_asked_by_who_has_left_is_not_done(two, ask):
    assert dropped_of(two, READS_WAITING, ask) >= READS_WAITING - AHEAD


def test_who_will_say_no_more_is_still_there(two):
    before = two.metric("chatd_reads_dropped_total")
    with ExitStack() as stack:
        with gate(two.daemon):
            many = stack.enter_context(reads(two, READS_WAITING))
            for connection in many:
                connection.sock.shutdown(socket.SHUT_WR)
        assert {connection.read_reply().status for connection in many} == {200}
    assert two.metric("chatd_reads_dropped_total") == before


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
