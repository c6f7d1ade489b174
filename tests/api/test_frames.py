"""Frames as bytes: what RFC 6455 allows is taken, what it forbids ends that socket and no other."""

import pytest

from chatlib.ws import BINARY, CLOSE, CONTINUATION, PING, TEXT

HELLO = b'{"content": "hello"}'


@pytest.fixture
def socket(place, alice):
    with alice.socket(place) as socket:
        yield socket


@pytest.fixture(autouse=True)
def others_go_on(shared, bob):
    """Another socket hears the same channel before and after."""
    with bob.socket(shared) as other:
        other.drain()
        yield
        other.say("still here")
        other.expect("message", user_id=bob.id)


@pytest.mark.parametrize("cuts", [[1], [5, 10], list(range(1, 20))], ids=str)
def test_fragments_are_joined(socket, cuts):
    edges = [0, *cuts, len(HELLO)]
    parts = [HELLO[a:b] for a, b in zip(edges, edges[1:])]
    for n, part in enumerate(parts):
        socket.send_frame(CONTINUATION if n else TEXT, part, fin=n == len(parts) - 1)
    assert socket.expect("message")["content"] == "hello"


def test_a_fragment_may_split_a_character(socket):
    text = '{"content": "hé😀"}'.encode()
    for n in range(len(text)):
        socket.send_frame(CONTINUATION if n else TEXT, text[n:n + 1], fin=n == len(text) - 1)
    assert socket.expect("message")["content"] == "hé😀"


def test_a_ping_between_fragments(socket):
    socket.send_frame(TEXT, HELLO[:5], fin=False)
    socket.send_frame(PING, b"between")
    socket.send_frame(CONTINUATION, HELLO[5:])
    assert socket.expect("message")["content"] == "hello"
    assert socket.pongs == [b"between"]


def test_empty_fragments(socket):
    socket.send_frame(TEXT, b"", fin=False)
    socket.send_frame(CONTINUATION, HELLO, fin=False)
    socket.send_frame(CONTINUATION, b"")
    assert socket.expect("message")["content"] == "hello"


def test_frames_cut_anywhere(socket):
    from chatlib.ws import frame
    for byte in frame(PING, b"x") + frame(TEXT, HELLO):
        socket.connection.send(bytes([byte]))
    assert socket.expect("message")["content"] == "hello"
    assert socket.pongs == [b"x"]


def test_many_frames_in_one_segment(socket):
    from chatlib.ws import frame
    socket.connection.send(b"".join(frame(TEXT, b'{"content": "%d"}' % n) for n in range(50)))
    assert [socket.expect("message")["content"] for _ in range(50)] == [str(n) for n in range(50)]


def test_binary_is_1003(socket):
    socket.send_frame(BINARY, HELLO)
    assert socket.close_code() == 1003


@pytest.mark.parametrize("text", [b"\xff", b'{"content": "\xc3"}', b'{"content": "\xed\xa0\x80"}',
                                  b'{"content": "\xc0\x80"}', b'{"content": "\xf4\x90\x80\x80"}'])
def test_not_utf8_is_1007(socket, text):
    socket.send_frame(TEXT, text)
    assert socket.close_code() == 1007


def test_a_broken_character_in_fragments_is_1007(socket):
    socket.send_frame(TEXT, b'{"content": "\xc3', fin=False)
    socket.send_frame(CONTINUATION, b'x"}')
    assert socket.close_code() == 1007


def test_too_big_is_1009(socket):
    socket.send_frame(TEXT, b" " * 65537)
    assert socket.close_code() == 1009


def test_a_length_beyond_all_measure_is_1009(socket):
    socket.send_frame(TEXT, b" " * 65537, length=2**62)
    assert socket.close_code() == 1009


def test_too_big_in_fragments_is_1009(socket):
    for n in range(16):
        socket.send_frame(CONTINUATION if n else TEXT, b" " * 4096, fin=False)
    socket.send_frame(CONTINUATION, b" ")
    assert socket.close_code() == 1009


@pytest.mark.parametrize("frame", [
    (TEXT, HELLO, {"reserved": 4}), (TEXT, HELLO, {"reserved": 1}),
    (3, HELLO, {}), (11, b"", {}), (PING, b"x" * 126, {}), (PING, b"x", {"fin": False}),
    (CONTINUATION, HELLO, {}), (CLOSE, b"x", {}), (CLOSE, b"\x03\xe8" + b"x" * 130, {}),
    (TEXT, b"", {"length": 2**63}),
], ids=lambda f: f"{f[0]}-{len(f[1])}-{f[2]}")
def test_what_the_protocol_forbids_ends_the_socket(socket, frame):
    opcode, payload, how = frame
    socket.send_frame(opcode, payload, **how)
    assert socket.close_code() in (1002, 1009, 4010, 1000, 1005, None)
    assert [e for e in socket.events if e["type"] == "message"] == []


def test_an_unmasked_frame_is_a_protocol_error(socket):
    """The mask protects proxies, so the protocol leaves no choice (RFC 6455, section 5.1)."""
    socket.send_frame(TEXT, HELLO, mask=False)
    assert socket.close_code() == 1002


def test_a_new_message_inside_a_fragmented_one(socket):
    socket.send_frame(TEXT, HELLO[:5], fin=False)
    socket.send_frame(TEXT, HELLO)
    assert socket.close_code() in (1002, 4010, None)


def test_no_further_frame_is_read_after_a_bad_one(socket, place, alice):
    socket.send_frame(BINARY, b"x")
    try:
        socket.say("too late")
    except OSError:
        pass
    assert socket.close_code() in (1003, None)
    assert alice.get(f"/channels/{place.general}/messages").json() == []
