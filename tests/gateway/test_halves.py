"""What comes slowly, in half, or not at all: it has its deadline, and nothing of it is left."""

import os
import socket
import ssl
import struct
import threading
import time

import pytest

from chatlib import Client, Connection, until
from chatlib.doors import sites
from chatlib.http1 import request_bytes
from chatlib.people import ok
from chatlib.ws import CLOSE, PING, TEXT, frame

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
HANDSHAKE_SECONDS = 10
HEARTBEAT_SECONDS = 25


@pytest.fixture(scope="module")
def all_sites(tmp_path_factory):
    with sites(tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture(params=["plain", "tls"])
def site(request, all_sites):
    return all_sites[request.param]


def files_of(site):
    return len(os.listdir(f"/proc/{site.daemon.process.pid}/fd"))


@pytest.fixture
def nothing_is_left(site):
    """When all that a test opened is gone, chatd has as many files open as before."""
    answered(site)
    before = files_of(site)
    yield
    until(lambda: files_of(site) <= before, "connections to be closed")
    answered(site)


def answered(site):
    with Connection(site.daemon.address, tls=site.tls) as wire:
        wire.send(GET)
        assert wire.read_reply().status == 200


def client_hello():
    """What a TLS client begins with."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


# --- slow ---

class Trickle:
    """A connection that sends a byte a second, once it has sent what comes first, until it is ended."""

    def __init__(self, wire, first, slow):
        self.wire, self.slow, self.came = wire, slow, b""
        self.seconds = None
        self.began = time.monotonic()
        wire.send(first)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        self.wire.sock.settimeout(1)
        while not self.ended():
            byte, self.slow = self.slow[:1], self.slow[1:]
            self.wire.send(byte)
        self.seconds = time.monotonic() - self.began
        self.wire.close()

    def ended(self):
        """Reads for a second."""
        try:
            data = self.wire.sock.recv(65536)
        except TimeoutError:
            return False
        self.came += data
        return not data

    def wait(self):
        self.thread.join()
        assert self.seconds is not None, "it was ended by a reset"
        return self.seconds


def trickles(plain, secure):
    """All side by side, as each takes its time."""
    login = [("Authorization", f"Bearer {plain.user.token}"), ("Content-Type", "application/json")]
    head = request_bytes("POST", f"/channels/{plain.place.general}/messages", login, b"{" + b" " * 999)
    found = {"hello": Trickle(Connection(secure.daemon.address), b"", client_hello()),
             "silent hello": Trickle(Connection(secure.daemon.address), b"", b"")}
    for site in (plain, secure):
        def connect(site=site):
            return Connection(site.daemon.address, tls=site.tls)

        kind = "tls" if site.tls else "plain"
        found[f"{kind} silent"] = Trickle(connect(), b"", b"")
        found[f"{kind} head"] = Trickle(connect(), b"", b"GET /health HTTP/1.1\r\nX: " + b"a" * 999)
        found[f"{kind} head behind another"] = Trickle(connect(), GET, b"GET /health HTTP/1.1\r\nX: " + b"a" * 999)
        found[f"{kind} body"] = Trickle(connect(), head[:-999], head[-999:])
        opened = site.door("channel").open()
        found[f"{kind} frame"] = Trickle(opened.connection, b"", frame(TEXT, b"{" * 999))
    return found


@pytest.mark.slow
def test_a_byte_a_second(all_sites):
    before = {name: files_of(site) for name, site in all_sites.items()}
    found = trickles(*all_sites.values())
    for name, trickle in found.items():
        seconds = trickle.wait()
        if name.endswith("frame"):
            # It says nothing to two pings.
            assert HEARTBEAT_SECONDS < seconds < 3 * HEARTBEAT_SECONDS, name
            continue
        assert HANDSHAKE_SECONDS / 2 < seconds < 3 * HANDSHAKE_SECONDS, name
        if name.endswith(("head", "another", "body")):
            assert b"HTTP/1.1 408 " in trickle.came and b'"request_timeout"' in trickle.came, name
            assert trickle.came.count(b"HTTP/1.1") == (2 if name.endswith("another") else 1), name
        else:
            assert b"HTTP" not in trickle.came, name
    for name, site in all_sites.items():
        until(lambda site=site, name=name: files_of(site) <= before[name], "connections to be closed")


# --- half ---

def leave(wire, hard):
    """Closes: with a FIN, or with a reset."""
    if hard:
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


@pytest.mark.parametrize("hard", [False, True])
def test_a_request_cut_at_every_byte(site, nothing_is_left, hard):
    """What has not come whole is not done."""
    login = [("Authorization", f"Bearer {site.user.token}"), ("Content-Type", "application/json")]
    path = f"/channels/{site.place.general}/messages"
    body = b'{"content": "cut"}'
    whole = request_bytes("POST", path, login, body)
    for n in range(len(whole)):
        wire = Connection(site.daemon.address, tls=site.tls)
        wire.send(whole[:n])
        leave(wire, hard)
    with Connection(site.daemon.address, tls=site.tls) as wire:
        wire.send(request_bytes("GET", path, login))
        assert wire.read_reply().json() == []


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("kind", ["gateway", "channel"])
def test_a_socket_cut_at_every_byte(site, nothing_is_left, kind, hard):
    door = site.door(kind)
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
               ("Sec-WebSocket-Version", "13")]
    whole = request_bytes("GET", door.path, upgrade) + frame(TEXT, b'{"type":"ping"}') + frame(PING, b"x") \
        + frame(TEXT, b"{", fin=False) + frame(CLOSE, b"\x03\xe8")
    for n in range(len(whole) + 1):
        wire = Connection(door.address, tls=door.tls)
        wire.send(whole[:n])
        leave(wire, hard)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("taken", [0, 1, 100, 5000, 100000])
def test_an_answer_that_is_not_read_to_its_end(site, nothing_is_left, taken, hard):
    for _ in range(10):
        wire = Connection(site.daemon.address, tls=site.tls, receive_buffer=4096)
        wire.send(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        wire.take(taken)
        leave(wire, hard)


@pytest.mark.parametrize("hard", [False, True])
def test_a_handshake_cut_at_every_byte(all_sites, hard):
    site = all_sites["tls"]
    answered(site)
    before, hello = files_of(site), client_hello()
    for n in range(len(hello) + 1):
        wire = Connection(site.daemon.address)
        wire.send(hello[:n])
        leave(wire, hard)
    until(lambda: files_of(site) <= before, "connections to be closed")
    answered(site)


@pytest.mark.parametrize("data", [b"", GET, b"\x16\x03\x01", b"\x15\x03\x01\x00\x02\x02\x28", b"\x80\x2e\x01", b"\0" * 100,
                                    b"\x16\x03\x01\xff\xff" + b"\xff" * 65535], ids=lambda data: data[:6].hex())
def test_what_is_no_handshake_at_all(all_sites, data):
    site = all_sites["tls"]
    answered(site)
    before = files_of(site)
    wire = Connection(site.daemon.address)
    try:
        wire.send(data)
    except OSError:
        pass  # ended already
    leave(wire, False)
    until(lambda: files_of(site) <= before, "the connection to be closed")
    answered(site)


def test_a_half_closed_client_gets_its_answers(site, nothing_is_left):
    """Plain: it has said all, and still listens."""
    if site.tls:
        pytest.skip("TLS of Python closes both sides")
    with Connection(site.daemon.address) as wire:
        wire.send(GET * 3)
        wire.sock.shutdown(socket.SHUT_WR)
        for _ in range(3):
            assert wire.read_reply().status == 200
        assert wire.finished() == b""


UNREAD = b"x" * (1 << 20)


@pytest.mark.parametrize("head, status", [
    (b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    (b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n", 413),
    (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    (b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
    (b"GET /health HTTP/1.0\r\n\r\n", 200),
])
def test_the_last_answer_arrives_whatever_is_unread(site, nothing_is_left, head, status):
    """A megabyte is under way when chatd has said all, and a reset would take the answer away."""
    with Connection(site.daemon.address, tls=site.tls) as wire:
        wire.send(head + UNREAD)
        assert wire.read_reply().status == status
        assert wire.finished() == b""


def test_many_that_are_half(site, nothing_is_left):
    """None of them is in the way of others."""
    wires = []
    for n in range(200):
        wire = Connection(site.daemon.address, tls=site.tls)
        wire.send(GET[:n % len(GET)])
        wires.append(wire)
    answered(site)
    if not site.tls:
        client = Client(site.daemon, site.user.token)
        assert ok(client.get("/users/me"), 200)["id"] == site.user.id
        client.close()
    for wire in wires:
        wire.close()


def test_many_handshakes_that_stall(all_sites):
    """TLS that has begun, and goes no further: others are served meanwhile."""
    site, hello = all_sites["tls"], client_hello()
    answered(site)
    before = files_of(site)
    wires = []
    for n in range(200):
        wire = Connection(site.daemon.address)
        wire.send(hello[:n % (len(hello) + 1)])
        wires.append(wire)
    answered(site)
    for wire in wires:
        wire.close()
    until(lambda: files_of(site) <= before, "connections to be closed")
