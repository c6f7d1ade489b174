"""chatd behind a proxy that shares its connections between users: whatever one of them sends, no answer
to it is another's, and none of another's is seen by it."""

import re
import select
import time
from contextlib import ExitStack

import pytest

from chatlib import Client, Closed, Connection, until
from chatlib.heads import HEADS
from chatlib.people import ok

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
# Beginnings of names that a parser may know; one that guessed once swallowed the line behind them.
BEGINNINGS = ["X", "X-A", "Sec", "If", "Content", "Proxy", "D", "Transfer", "Host-", "Connectio"]


def smuggled(token):
    return f"GET /users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def listen(wire, quiet=0.005, patience=0.2):
    """What comes until nothing more does; what hangs is given up soon, as an attacker would."""
    deadline = time.monotonic() + patience
    try:
        while select.select([wire.sock], [], [], quiet if wire.buffer else max(0, deadline - time.monotonic()))[0]:
            wire.more()
    except Closed:
        pass
    return wire.buffer


def attack(proxy, data, secret):
    with Connection(proxy.address) as wire:
        try:
            wire.send(data)
        except OSError:
            pass  # refused before it was whole
        assert secret not in listen(wire)


def unharmed(alice):
    """Three requests, so that one answer too many is found by the next of them."""
    for _ in range(3):
        assert ok(alice.get("/users/me"), 200)["username"] == "alice"


def with_length(head, body):
    """The head with a Content-Length more, as its last field, that has the other request as its body."""
    end = head.bytes.rindex(b"\r\n\r\n")
    return head.bytes[:end] + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("start", range(0, len(HEADS), 30))
def test_every_head_of_the_table(proxy, alice, mallory, start):
    """Alone, with another request behind it, and with one as its body."""
    secret, other = alice.email.encode(), smuggled(mallory.token)
    for head in HEADS[start:start + 30]:
        attacks = [head.bytes, head.bytes + other]
        if b"\r\n\r\n" in head.bytes:
            attacks.append(with_length(head, other))
        for data in attacks:
            attack(proxy, data, secret)
            try:
                unharmed(alice)
            except AssertionError as error:
                raise AssertionError(f"after {data[:300]!r}") from error


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_body_is_never_a_request(proxy, alice, mallory, name):
    place = alice.place()
    other = f"DELETE {place.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {mallory.token}\r\n\r\n".encode()
    data = f"GET /health HTTP/1.1\r\nHost: a\r\n{name}: v\r\nContent-Length: {len(other)}\r\n\r\n".encode() + other
    for _ in range(3):
        with Connection(proxy.address) as wire:
            wire.send(data)
            assert wire.read_reply().status == 200
            assert wire.buffer == b""
        unharmed(alice)
    place.delete()


def clients(proxy, begin):
    """Whom the requests since then were logged for."""
    return [line["client"] for line in proxy.daemon.log_lines()[begin:] if line.get("path") == "/health"]


@pytest.mark.parametrize("fields", [
    [], ["X-Forwarded-For: 203.0.113.9"], ["X-Forwarded-For: 203.0.113.9, 127.0.0.1"], ["X-Forwarded-For: nobody"],
    ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 203.0.113.10"], ["X: v"], ["X-Forwarded: v"],
    ["X-Forwarded-For-: 203.0.113.9"], ["X_Forwarded_For: 203.0.113.9"], ["Connection: X-Forwarded-For"],
    ["Connection: close, X-Forwarded-For"]], ids=str)
def test_the_address_that_the_proxy_names(proxy, fields):
    """And no other that the client would like to have."""
    begin = len(proxy.daemon.log_lines())
    with Connection(proxy.address, source="127.0.0.2") as wire:
        lines = ["GET /health HTTP/1.1", "Host: a", *fields, ""]
        wire.send("".join(f"{line}\r\n" for line in lines))
        assert wire.read_reply().status == 200
    seen = until(lambda: clients(proxy, begin), "the request to be logged")
    assert seen == ["127.0.0.2"]


@pytest.mark.parametrize("value, client", [
    ("203.0.113.9", "203.0.113.9"), ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
    ("203.0.113.9, 127.0.0.1", "203.0.113.9"), ("198.51.100.1, 203.0.113.9", "203.0.113.9"), ("nobody", "127.0.0.1"),
    ("203.0.113.9, nobody", "127.0.0.1"), ("", "127.0.0.1"), ("203.0.113.9:80", "127.0.0.1"),
    ("203.0.113.999", "127.0.0.1"), ("2001:db8::1", "2001:db8::1"), ("for=203.0.113.9", "127.0.0.1"),
])
def test_what_a_trusted_proxy_may_say(proxy, value, client):
    """Asked directly, as the proxy would."""
    begin = len(proxy.daemon.log_lines())
    with Connection(proxy.daemon.address) as wire:
        wire.send(f"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {value}\r\n\r\n".encode())
        assert wire.read_reply().status == 200
    assert until(lambda: clients(proxy, begin), "the request to be logged") == [client]


def test_who_is_no_trusted_proxy_speaks_for_itself(proxy):
    begin = len(proxy.daemon.log_lines())
    with Connection(proxy.daemon.address, source="127.0.0.3") as wire:
        wire.send(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
        assert wire.read_reply().status == 200
    assert until(lambda: clients(proxy, begin), "the request to be logged") == ["127.0.0.3"]


def test_the_connection_is_shared(proxy):
    """Else none of these tests would say anything: six clients at once, and one connection serves all."""
    with ExitStack() as stack:
        for _ in range(6):
            wire = stack.enter_context(Connection(proxy.address))
            wire.send(GET)
            assert wire.read_reply().status == 200
        direct = Client(proxy.daemon)
        metrics = direct.get("/metrics").text
        direct.close()
    assert int(re.search(r"^chatd_connections (\d+)", metrics, re.M)[1]) <= 3
