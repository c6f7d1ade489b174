"""HTTP itself, as bytes: what is well formed is served, what is not is refused, chatd goes on."""

import socket
import threading
import time

import pytest

from chatlib import Closed, Connection
from chatlib.people import ok
from chatlib.recorder import check_reply

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def wire(chatd):
    with Connection(chatd.address) as connection:
        yield connection


@pytest.fixture(autouse=True)
def goes_on(chatd, anybody):
    """After each test another client is served."""
    yield
    assert anybody.get("/health").status == 200


def post(user, channel, text, *headers):
    body = b'{"content": "%s"}' % text.encode()
    lines = [f"POST /channels/{channel}/messages HTTP/1.1", "Host: x", "Content-Type: application/json",
             f"Authorization: Bearer {user.token}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(wire, data):
    """The status that these bytes get; None when the connection just ends. Even what is no HTTP is
    refused as everything else is."""
    wire.send(data)
    try:
        reply = wire.read_reply()
    except Closed:
        return None
    check_reply(reply)
    return reply.status


def head(*lines):
    return "\r\n".join(["POST /auth/login HTTP/1.1", "Host: x", "Content-Type: application/json", *lines,
                        "", ""]).encode()


def test_keep_alive(wire):
    for _ in range(50):
        assert answer(wire, GET) == 200


def test_connection_close(wire):
    assert answer(wire, GET.replace(b"Host: x", b"Host: x\r\nConnection: close")) == 200
    assert wire.closed()


@pytest.mark.parametrize("offer", ["h2c", "HTTP/2.0, SHTTP/1.3", "TLS/1.0", "x"])
def test_other_upgrades_are_ignored(wire, place, alice, offer):
    """Java's client offers h2c with its first request."""
    extra = [f"Upgrade: {offer}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
    assert answer(wire, GET.replace(b"Host: x", b"Host: x\r\n" + "\r\n".join(extra).encode())) == 200
    assert answer(wire, post(alice, place.general, "offered", *extra)) == 201
    assert answer(wire, GET) == 200


def test_http_1_0(wire):
    assert answer(wire, b"GET /health HTTP/1.0\r\n\r\n") == 200
    assert wire.closed()


@pytest.mark.parametrize("count", [2, 3, 20])
def test_pipelined_posts_in_one_segment(wire, place, alice, count):
    """At least the first is answered, and what is not answered was not done either."""
    wire.send(b"".join(post(alice, place.general, f"piped {n}") for n in range(count)))
    replies = []
    try:
        while len(replies) < count:
            replies.append(wire.read_reply())
    except Closed:
        pass
    assert replies and [r.status for r in replies] == [201] * len(replies)
    assert [r.json()["content"] for r in replies] == [f"piped {n}" for n in range(len(replies))]
    assert ok(alice.get(f"/channels/{place.general}/messages")) == [r.json() for r in replies]


def test_a_pipelined_post_that_comes_in_two_parts(wire, place, alice):
    """Where its bytes are cut must not make another request of it."""
    second = post(alice, place.general, "second " + "x" * 1500)
    wire.send(post(alice, place.general, "first") + second[:-1000])
    assert wire.read_reply().status == 201
    try:
        wire.send(second[-1000:])
        assert wire.read_reply().status == 201
        assert answer(wire, GET) == 200
    except (Closed, OSError):
        pass


def test_pipelined_gets(wire):
    paths = ["/health", "/", "/nowhere", "/users/me"] * 5
    wire.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths))
    assert [wire.read_reply().status for _ in paths] == [200, 200, 404, 401] * 5


def test_pipelined_behind_a_post(wire, place, alice):
    auth = f"Authorization: Bearer {alice.token}\r\n"
    empty = f"POST {place.path}/invites HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{auth}\r\n".encode()
    show = f"HEAD {place.path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n".encode()
    wire.send(post(alice, place.general, "a") + GET + empty + show + GET)
    statuses = [wire.read_reply(head=n == 3).status for n in range(5)]
    assert statuses == [201, 200, 201, 200, 200]


def test_a_request_in_single_bytes(wire, place, alice):
    for byte in post(alice, place.general, "slowly"):
        wire.send(bytes([byte]))
    assert wire.read_reply().json()["content"] == "slowly"
    assert answer(wire, GET) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_content_length_0(wire, place, alice, bob, method):
    """Each of these has its own way through the library."""
    path = {"POST": f"{place.path}/invites", "PUT": f"{place.path}/bans/{bob.id}",
            "PATCH": place.path, "DELETE": f"{place.path}/bans/{bob.id}"}[method]
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
    status = answer(wire, f"{request}Authorization: Bearer {alice.token}\r\n\r\n".encode())
    assert status == {"POST": 201, "PUT": 204, "PATCH": 200, "DELETE": 404}[method]
    assert answer(wire, GET) == 200


@pytest.mark.parametrize("method,path,status", [
    ("POST", "/auth/logout", 200), ("PATCH", "/users/me/status?new_status=away", 200),
    ("POST", "/servers", 422), ("PUT", "/users/me", 405), ("POST", "/nowhere", 404)])
def test_no_length_at_all(chatd, newcomer, method, path, status):
    """Godot sends such POSTs and PATCHes."""
    user = newcomer()
    with Connection(chatd.address) as wire:
        request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n\r\n"
        assert answer(wire, request.encode()) == status


def test_a_delete_with_a_body(wire, place, alice, bob):
    place.join(bob)
    request = f"DELETE {place.path}/members/{bob.id} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" \
              f"Content-Type: application/json\r\nAuthorization: Bearer {alice.token}\r\n\r\n{{}}"
    assert answer(wire, request.encode()) == 204
    assert answer(wire, GET) == 200


def test_a_get_with_a_body(wire):
    assert answer(wire, GET.replace(b"Host: x", b"Host: x\r\nContent-Length: 5") + b"hello") in (200, 400)


@pytest.mark.parametrize("lengths", [
    ["-1"], ["+2"], ["2x"], ["0x2"], ["2, 2"], ["2", "2"], ["2", "3"], [""], ["1 2"], ["2.0"],
    ["18446744073709551618"], ["99999999999999999999999999"],
], ids=str)
def test_odd_content_lengths(wire, lengths):
    status = answer(wire, head(*[f"Content-Length: {n}" for n in lengths]) + b"{}")
    assert status in (400, 413) and wire.closed()


def test_chunked_is_411(wire):
    status = answer(wire, head("Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n")
    assert status == 411 and wire.closed()


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", "x"])
def test_length_and_coding_together(wire, coding):
    data = head("Content-Length: 2", f"Transfer-Encoding: {coding}") + b"{}" + GET
    assert answer(wire, data) == 400 and wire.closed()


def test_a_body_over_the_limit_is_not_read(wire):
    assert answer(wire, head("Content-Length: 65537")) == 413 and wire.closed()


def test_a_body_at_the_limit(wire):
    assert answer(wire, head("Content-Length: 65536") + b" " * 65536) in (400, 422)


def test_expect_100_continue(wire, place, alice):
    whole = post(alice, place.general, "patient", "Expect: 100-continue")
    headers, _, body = whole.partition(b"\r\n\r\n")
    wire.send(headers + b"\r\n\r\n")
    assert wire.read_reply(interim=True).status == 100
    wire.send(body)
    assert wire.read_reply().status == 201


def test_headers_over_the_limit(wire):
    assert answer(wire, GET.replace(b"Host: x", b"Host: x\r\nX-Big: " + b"y" * 70000)) in (None, 400, 413, 431)


def test_a_path_over_the_limit(wire):
    assert answer(wire, b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") in (None, 400, 404, 414, 431)


def test_a_long_token_fits(wire):
    request = GET.replace(b"/health", b"/users/me").replace(
        b"Host: x", b"Host: x\r\nAuthorization: Bearer " + b"a" * 4000)
    assert answer(wire, request) == 401


@pytest.mark.parametrize("path,status", [
    ("/users/%6d%65", 200), ("/users/me?", 200), ("/users/me/", 200), ("/users/me#top", None),
    ("/USERS/me", 404), ("/users", 404), ("/users/me/x", 404), ("/users//", None),
    ("/%", None), ("/%zz", 400), ("/users/me?a=%zz", 400), ("/users/%00", None), ("/users/me%00x", None), ("/users/%ff", None),
    ("/../etc/passwd", None), ("/docs/../../etc/passwd", None), ("/docs/%2e%2e/%2e%2e/etc/passwd", None),
    ("/docs/..%2f..%2fetc/passwd", None), ("*", None), ("//", None), ("/users/1/../me", None),
    ("/%2Fusers/me", None), ("/users/me?\x7f", None), ("/users/me?a=%00", None),
])
def test_paths(wire, alice, path, status):
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {alice.token}\r\n\r\n"
    wire.send(request)
    try:
        reply = wire.read_reply()
    except Closed:
        assert status is None
        return
    check_reply(reply)
    assert reply.status == status if status else reply.status in (200, 400, 404, 422)
    assert b"root:" not in reply.body


@pytest.mark.parametrize("value,status", [
    ("Bearer {}", 200), ("bearer {}", 200), ("BEARER   {}", 200), ("Bearer {}  ", 200), ("Bearer {}\t", 200),
    ("Basic {}", 401), ("{}", 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer {}x", 401),
    ("Bearer {}\r\nAuthorization: Bearer x", 400),
])
def test_authorization(wire, alice, value, status):
    line = f"Authorization: {value.format(alice.token)}"
    assert answer(wire, f"GET /users/me HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\n") == status


@pytest.mark.parametrize("line,status", [
    ("BREW /health HTTP/1.1", 501), ("get /health HTTP/1.1", 501), ("GET  /health HTTP/1.1", 400),
    ("GET /health", 400), ("GET /health HTTP/9.9", 505), ("TRACE / HTTP/1.1", 405), ("CONNECT x:1 HTTP/1.1", 405),
    ("GET http://x/health HTTP/1.1", 200), ("PRI * HTTP/2.0", 501), ("OPTIONS * HTTP/1.1", 204),
    (" GET /health HTTP/1.1", 400), ("\x00GET / HTTP/1.1", 400),
])
def test_request_lines(wire, line, status):
    wire.send(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    reply = wire.read_reply()
    assert reply.status in ((status, 505) if "HTTP/2" in line else (status,)) and wire.closed()
    if status != 204:
        check_reply(reply)
    if status == 405:
        assert reply.header("Allow") == "GET, POST, PUT, PATCH, DELETE"


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"\r\n" + GET, b"\x00" * 100, b"\xff" * 10000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", b"GET /health HTTP/1.1\r\n: x\r\n\r\n",
    b"GET /health HTTP/1.1\nHost: x\n\n", b"GET /health HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", b"GET /health HTTP/1.1\r\n\r\n",
    b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}",
], ids=lambda data: ascii(data[:40]))
def test_broken_bytes(chatd, data):
    with Connection(chatd.address) as wire:
        wire.send(data)
        wire.sock.shutdown(socket.SHUT_WR)
        assert wire.closed()


def test_what_errors_look_like(chatd):
    for request, status in ((GET.replace(b"/health", b"/nowhere"), 404), (GET.replace(b"GET", b"PUT"), 405),
                            (head("Content-Length: 1") + b"{", 400), (head("Content-Length: x"), 400)):
        with Connection(chatd.address) as wire:
            wire.send(request)
            reply = wire.read_reply()
        assert reply.status == status
        check_reply(reply)


def test_request_ids_differ(anybody):
    assert len({anybody.get("/health").header("X-Request-Id") for _ in range(20)}) == 20


def test_who_leaves_early_costs_nothing(chatd, place, alice):
    """Connections that end while their request is on a worker."""
    for n in range(30):
        with Connection(chatd.address) as wire:
            wire.send(post(alice, place.general, f"gone {n}"))
    assert len(ok(alice.get(f"/channels/{place.general}/messages"))) <= 30


def drip(connection):
    """A byte now and then, until the connection is cut."""
    try:
        while True:
            connection.send(b"x")
            time.sleep(0.5)
    except OSError:
        pass


@pytest.mark.slow
def test_half_sent_requests_are_cut(chatd):
    """After 10 s, whatever is missing, silent or not; a quiet keep-alive connection is none of them."""
    quiet = Connection(chatd.address)
    assert answer(quiet, GET) == 200
    stray = Connection(chatd.address)
    assert answer(stray, GET + b"\r\n") == 200
    halves = [b"", b"GET /health HTT", b"GET /health HTTP/1.1\r\nHost: x\r\n",
              head("Content-Length: 10") + b"{", head("Content-Length: 10")]
    cut = []
    for data in halves:
        cut.append(Connection(chatd.address))
        cut[-1].send(data)
    for data in (b"GET /health HTTP/1.1\r\nX: ", head("Content-Length: 1000")):
        trickle = Connection(chatd.address)
        trickle.send(data)
        threading.Thread(target=drip, args=[trickle]).start()
        cut.append(trickle)
    assert all(connection.closed(25) for connection in cut)
    assert answer(quiet, GET) == 200
    assert not stray.ended(), "an empty line is no head"
    assert answer(stray, GET) == 200
