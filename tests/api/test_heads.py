"""Heads as the table has them, against a real chatd: each has its one answer, whole and in pieces, and
what is refused is refused so that the answer arrives."""

import pytest

from chatlib import Connection, Daemon
from chatlib.heads import BAD, GOOD, HEADS
from chatlib.recorder import check_reply

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
MORE = [head for head in HEADS if not head.whole and not head.error]
# Codes that only a head gets, whatever its path.
REFUSALS = {head.refusal[1] for head in BAD} - {"method_not_allowed"}
SHORT = [head for head in BAD if len(head.bytes) < 200]


@pytest.fixture
def wire(chatd):
    with Connection(chatd.address) as connection:
        yield connection


def expect_refusal(wire, head):
    reply = wire.read_reply()
    check_reply(reply)
    assert (reply.status, reply.code()) == head.refusal
    assert wire.finished() == b""


def expect_answer(wire, head):
    """An answer that is no refusal of the head, then what comes of the connection."""
    reply = wire.read_reply(head=head.bytes.startswith(b"HEAD"))
    check_reply(reply, "HEAD" if head.bytes.startswith(b"HEAD") else "GET")
    assert reply.status < 400 or reply.body == b"" or reply.code() not in REFUSALS
    if head.length > 1 << 20:
        assert reply.status in (405, 413)
        return
    if len(head.behind) > head.length:
        assert wire.read_reply().status == reply.status
    if head.keeps:
        wire.send(GET)
        assert wire.read_reply().status == 200
    else:
        assert wire.finished() == b""


@pytest.mark.parametrize("head", BAD, ids=str)
def test_refused(wire, head):
    wire.send(head.bytes)
    expect_refusal(wire, head)


@pytest.mark.parametrize("head", GOOD, ids=str)
def test_taken(wire, head):
    wire.send(head.bytes)
    expect_answer(wire, head)


@pytest.mark.parametrize("head", MORE, ids=str)
def test_not_whole(wire, anybody, head):
    wire.send(head.bytes)
    assert anybody.get("/health").status == 200
    assert not wire.ended()


@pytest.mark.parametrize("head", SHORT[::5], ids=str)
def test_refused_a_byte_at_a_time(wire, head):
    for byte in head.bytes:
        wire.send(bytes([byte]))
    expect_refusal(wire, head)


@pytest.mark.parametrize("head", GOOD[:60:6], ids=str)
def test_taken_a_byte_at_a_time(wire, head):
    for byte in head.bytes:
        wire.send(bytes([byte]))
    expect_answer(wire, head)


@pytest.mark.parametrize("head", BAD, ids=str)
def test_refused_behind_a_good_request(wire, head):
    wire.send(GET + head.bytes)
    assert wire.read_reply().status == 200
    expect_refusal(wire, head)


@pytest.mark.parametrize("head", GOOD, ids=str)
def test_taken_behind_a_good_request(wire, head):
    wire.send(GET + head.bytes)
    assert wire.read_reply().status == 200
    expect_answer(wire, head)


@pytest.mark.parametrize("head", SHORT[::12], ids=str)
def test_a_refusal_arrives_whatever_is_unread(wire, head):
    """A reset would take it away: 1 MB is under way when chatd closes."""
    wire.send(head.bytes + b"x" * (1 << 20))
    expect_refusal(wire, head)


@pytest.mark.parametrize("head", SHORT[::12], ids=str)
def test_nothing_behind_a_refusal_is_done(wire, head):
    """No byte after it is read as a request."""
    wire.send(head.bytes + GET * 20)
    expect_refusal(wire, head)


def test_a_refused_head_request_gets_no_body(wire):
    """RFC 9110, section 9.3.2."""
    wire.send(b"HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n")
    reply = wire.read_reply(head=True)
    check_reply(reply, "HEAD")
    assert reply.status == 400 and int(reply.header("Content-Length")) > 0
    assert wire.finished() == b""


def test_methods_that_no_endpoint_has_are_logged_too(tmp_path):
    options = "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"
    with Daemon(tmp_path, "--log-level", "debug") as daemon:
        for data, status in ((options, 413), ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501)):
            with Connection(daemon.address) as wire:
                wire.send(data)
                assert wire.read_reply().status == status
        logged = [(line["method"], line["status"]) for line in daemon.log_lines() if "method" in line]
    assert logged == [("other", 413), ("other", 501)]


# --- what was once lost on the way ---

def test_an_argument_behind_a_long_one(alice, place):
    reply = alice.get(f"/channels/{place.general}/messages?x={'a' * 5000}&limit=500")
    assert reply.status == 422
    assert reply.json()["errors"][0]["loc"] == ["query", "limit"]


@pytest.mark.parametrize("body", [b"P", b"G", b"\r", b"\n", b"\0"])
def test_a_body_of_one_byte(wire, body):
    wire.send(b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
              b"Content-Length: 1\r\n\r\n" + body + GET)
    reply = wire.read_reply()
    check_reply(reply)
    assert reply.status in (400, 422)
    assert wire.read_reply().status == 200


def test_an_empty_line_behind_a_request_without_a_body(wire):
    """As old clients send it behind a POST."""
    for _ in range(3):
        wire.send(b"POST /auth/login HTTP/1.1\r\nHost: a\r\n\r\n\r\n")
        assert wire.read_reply().status in (415, 422)
        wire.send(GET)
        assert wire.read_reply().status == 200


def test_a_preflight_that_names_many_fields(wire):
    names = ", ".join(f"x-name-{n:04}" for n in range(300))
    wire.send(f"OPTIONS /users/me HTTP/1.1\r\nHost: a\r\nOrigin: http://localhost:5000\r\n"
              f"Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: {names}\r\n\r\n")
    reply = wire.read_reply()
    check_reply(reply)
    assert reply.status in (200, 204)


@pytest.mark.parametrize("name", ["Accept-Encoding", "If-None-Match", "Accept", "Cookie", "X-Forwarded-For"])
def test_a_list_in_two_fields(wire, name):
    """As RFC 9110, section 5.3, allows it."""
    value = '"a"' if name == "If-None-Match" else "a"
    wire.send(f"GET /health HTTP/1.1\r\nHost: a\r\n{name}: {value}\r\n{name}: {value}\r\n\r\n")
    assert wire.read_reply().status == 200
