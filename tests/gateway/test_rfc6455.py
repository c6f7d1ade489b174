"""RFC 6455 by the classes of the Autobahn suite, on both sockets, plain and under TLS."""

import base64
import hashlib
import itertools

import pytest

from chatlib import ERRORS, Connection, Socket
from chatlib.doors import sites
from chatlib.http1 import request_bytes
from chatlib.recorder import check_reply
from chatlib.ws import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

MESSAGE_MAX = 65536
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture(scope="module")
def all_sites(tmp_path_factory):
    with sites(tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture(params=itertools.product(["plain", "tls"], ["gateway", "channel"]), ids="-".join)
def door(request, all_sites):
    transport, kind = request.param
    return all_sites[transport].door(kind)


@pytest.fixture
def peer(door):
    with door.open() as socket:
        yield socket


def text(n=24, filler=b"a"):
    """An event of n bytes that is answered by a pong."""
    before, after = b'{"type":"ping","x":"', b'"}'
    room = n - len(before) - len(after)
    assert room >= 0 and room % len(filler) == 0
    return before + filler * (room // len(filler)) + after


def goes_on(peer):
    """The connection lives, and all that was sent before has been read."""
    peer.send_frame(TEXT, text())
    peer.expect("pong")


def ends(peer, code):
    """chatd's close frame, and then the end of its stream, not a reset."""
    assert peer.close_code() == code
    assert peer.connection.finished() == b""


def next_frame(peer, opcode):
    """The next frame of this kind."""
    while True:
        found, fin, payload = peer.read_frame()
        if found == opcode:
            assert fin
            return payload


def octets(peer, data):
    for byte in data:
        peer.connection.send(bytes([byte]))


# --- 1: framing ---

@pytest.mark.parametrize("n", [24, 125, 126, 127, 128, 1000, 65535, 65536])
def test_texts_of_all_lengths(peer, n):
    peer.send_frame(TEXT, text(n))
    peer.expect("pong")


@pytest.mark.parametrize("n", [24, 126, 2000])
def test_texts_in_octets(peer, n):
    octets(peer, frame(TEXT, text(n)))
    peer.expect("pong")


def test_an_empty_text(peer):
    """It is no JSON; the socket stays."""
    peer.send_frame(TEXT)
    peer.expect("error")
    goes_on(peer)


@pytest.mark.parametrize("n", [0, 1, 126, 65536, 1 << 40])
def test_binary_messages(peer, n):
    """The header is enough."""
    peer.connection.send(frame(BINARY, b"", length=n))
    ends(peer, 1003)


def test_two_texts_in_one_segment(peer):
    peer.connection.send(frame(TEXT, text()) * 2)
    peer.expect("pong")
    peer.expect("pong")


@pytest.mark.parametrize("opcode", [TEXT, PING, PONG, CLOSE])
def test_unmasked_frames(peer, opcode):
    peer.connection.send(frame(opcode, b"\x03\xe8" if opcode == CLOSE else b"{}", mask=False))
    ends(peer, 1002)


@pytest.mark.parametrize("header", [b"\x81\xfe\x00\x7d", b"\x81\xfe\x00\x00", b"\x81\xff" + bytes(8),
                                    b"\x81\xff" + bytes(6) + b"\xff\xff", b"\x81\xff\x80" + bytes(7),
                                    b"\x81\xff" + b"\xff" * 8])
def test_lengths_that_are_longer_than_they_need(peer, header):
    peer.connection.send(header + b"\0\0\0\0")
    ends(peer, 1002)


# --- 2: pings and pongs ---

@pytest.mark.parametrize("payload", [b"", b"Hello", bytes(range(125)), b"\xff\xfe\x80", b"x" * 125])
def test_a_ping_is_answered_with_its_payload(peer, payload):
    peer.send_frame(PING, payload)
    assert next_frame(peer, PONG) == payload


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
@pytest.mark.parametrize("n", [126, 65536])
def test_control_frames_are_short(peer, opcode, n):
    peer.send_frame(opcode, b"\x03\xe8" + b"x" * (n - 2))
    ends(peer, 1002)


def test_a_ping_in_octets(peer):
    octets(peer, frame(PING, b"x" * 125))
    assert next_frame(peer, PONG) == b"x" * 125


@pytest.mark.parametrize("payload", [b"", b"unasked"])
def test_a_pong_that_nobody_asked_for(peer, payload):
    peer.send_frame(PONG, payload)
    peer.send_frame(PING, b"asked")
    assert next_frame(peer, PONG) == b"asked"


def test_ten_pings(peer):
    peer.connection.send(b"".join(frame(PING, b"%d" % n) for n in range(10)))
    assert [next_frame(peer, PONG) for _ in range(10)] == [b"%d" % n for n in range(10)]


def test_ten_pings_in_octets(peer):
    octets(peer, b"".join(frame(PING, b"%d" % n) for n in range(10)))
    assert [next_frame(peer, PONG) for _ in range(10)] == [b"%d" % n for n in range(10)]


# --- 3 and 4: reserved bits and opcodes ---

@pytest.mark.parametrize("bits", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, PING, CLOSE])
def test_reserved_bits(peer, bits, opcode):
    goes_on(peer)
    peer.send_frame(opcode, b"" if opcode == CLOSE else text(), reserved=bits)
    ends(peer, 1002)


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"payload"])
def test_reserved_opcodes(peer, opcode, payload):
    goes_on(peer)
    peer.send_frame(opcode, payload)
    peer.send_frame(PING, b"behind it")
    ends(peer, 1002)
    assert b"behind it" not in peer.pongs


# --- 5: fragmentation ---

@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_fragmented_control_frames(peer, opcode):
    peer.send_frame(opcode, b"", fin=False)
    ends(peer, 1002)


@pytest.mark.parametrize("cuts", [[0], [10], [24], [0, 0, 5], [5, 10, 15]])
@pytest.mark.parametrize("in_octets", [False, True])
def test_a_text_in_fragments(peer, cuts, in_octets):
    whole, data = text(), b""
    for n, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(whole)])):
        data += frame(CONTINUATION if n else TEXT, whole[start:end], fin=n == len(cuts))
    if in_octets:
        octets(peer, data)
    else:
        peer.connection.send(data)
    peer.expect("pong")
    goes_on(peer)


def test_a_fragment_for_each_byte(peer):
    whole = text(400)
    for n in range(len(whole)):
        peer.send_frame(CONTINUATION if n else TEXT, whole[n:n + 1], fin=n == len(whole) - 1)
    peer.expect("pong")


def test_pings_between_fragments(peer):
    whole = text()
    peer.send_frame(TEXT, whole[:5], fin=False)
    peer.send_frame(PING, b"one")
    assert next_frame(peer, PONG) == b"one"
    peer.send_frame(CONTINUATION, whole[5:10], fin=False)
    peer.send_frame(PING, b"two")
    assert next_frame(peer, PONG) == b"two"
    peer.send_frame(CONTINUATION, whole[10:])
    peer.expect("pong")


@pytest.mark.parametrize("fin", [False, True])
@pytest.mark.parametrize("after", [b"", frame(TEXT, text()), frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b"}")])
def test_a_continuation_of_nothing(peer, fin, after):
    peer.connection.send(after + frame(CONTINUATION, b"{}", fin=fin))
    ends(peer, 1002)


@pytest.mark.parametrize("fin", [False, True])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_in_another(peer, fin, opcode):
    peer.send_frame(TEXT, b"{", fin=False)
    peer.send_frame(opcode, b"{}", fin=fin)
    ends(peer, 1002)


# --- 6: UTF-8 ---

GOOD = ["κόσμε", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U00010000",
        "\U0010ffff", "\ufeff", "a€b😀c"]
BAD = [b"\x80", b"\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xc2", b"\xc2\xc2", b"\xe0\x80\xaf", b"\xe0\x9f\xbf",
       b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\xaf", b"\xf0\x9f\x98",
       b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe", b"\xff",
       "κόσμε".encode() + b"\xed\xa0\x80edited"]


@pytest.mark.parametrize("good", GOOD, ids=ascii)
def test_utf8(peer, good):
    data = text(24 + len(good.encode()) - 2, good.encode())
    peer.send_frame(TEXT, data)
    peer.expect("pong")
    for cut in range(len(data) + 1):
        peer.send_frame(TEXT, data[:cut], fin=False)
        peer.send_frame(CONTINUATION, data[cut:])
    for _ in range(len(data) + 1):
        peer.expect("pong")


@pytest.mark.parametrize("bad", BAD, ids=bytes.hex)
def test_what_is_no_utf8(peer, bad):
    peer.send_frame(TEXT, b'{"type":"ping","x":"' + bad + b'"}')
    ends(peer, 1007)


@pytest.mark.parametrize("bad", BAD, ids=bytes.hex)
def test_what_is_no_utf8_in_fragments(peer, bad):
    data = b'{"type":"ping","x":"' + bad + b'"}'
    for n in range(len(data)):
        peer.send_frame(CONTINUATION if n else TEXT, data[n:n + 1], fin=n == len(data) - 1)
    ends(peer, 1007)


def test_no_utf8_is_refused_before_the_message_ends(peer):
    peer.send_frame(TEXT, b'{"x":"', fin=False)
    peer.send_frame(CONTINUATION, b"\xc0", fin=False)
    ends(peer, 1007)


def test_a_character_that_the_end_cuts(peer):
    peer.send_frame(TEXT, b'{"x":"\xe2\x82')
    ends(peer, 1007)


# --- 7: closing ---

@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                                  3000, 3999, 4000, 4999])
def test_a_close_is_answered_with_its_code(peer, code):
    peer.send_frame(CLOSE, code.to_bytes(2, "big"))
    ends(peer, code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_codes_that_may_not_be_sent(peer, code):
    peer.send_frame(CLOSE, code.to_bytes(2, "big"))
    ends(peer, 1002)


def test_a_close_without_a_code(peer):
    peer.send_frame(CLOSE)
    ends(peer, 1005)


def test_half_a_code(peer):
    peer.send_frame(CLOSE, b"\x03")
    ends(peer, 1002)


@pytest.mark.parametrize("reason", [b"bye", "Grüße".encode(), b"x" * 123])
def test_reasons(peer, reason):
    peer.send_frame(CLOSE, b"\x03\xe8" + reason)
    ends(peer, 1000)


@pytest.mark.parametrize("reason", [b"\xff", b"caf\xc3", "κόσμε".encode() + b"\xed\xa0\x80"])
def test_reasons_that_are_no_utf8(peer, reason):
    peer.send_frame(CLOSE, b"\x03\xe8" + reason)
    ends(peer, 1007)


@pytest.mark.parametrize("behind", [frame(CLOSE, b"\x03\xe8"), frame(PING, b"late"), frame(TEXT, b"{"), b"\xff" * 50])
def test_what_comes_behind_a_close(peer, behind):
    peer.connection.send(frame(CLOSE, b"\x03\xe8") + behind)
    ends(peer, 1000)
    assert not peer.pongs


def test_a_close_between_fragments(peer):
    peer.send_frame(TEXT, b"{", fin=False)
    peer.send_frame(CLOSE, b"\x03\xe8")
    ends(peer, 1000)


def test_a_close_behind_large_texts(peer):
    """Who closes may not hear the answers to what was sent just before."""
    for _ in range(4):
        peer.send_frame(TEXT, text(MESSAGE_MAX))
    peer.send_frame(CLOSE, b"\x03\xe8")
    ends(peer, 1000)


def test_no_code_is_lost_whatever_is_unread(peer):
    """Half a megabyte is under way when chatd closes."""
    peer.connection.send(frame(3) + frame(TEXT, text(MESSAGE_MAX)) * 8)
    ends(peer, 1002)


# --- 9: limits ---

def test_a_text_that_is_too_large(peer):
    peer.send_frame(TEXT, text(MESSAGE_MAX + 1))
    ends(peer, 1009)


@pytest.mark.parametrize("length", [MESSAGE_MAX + 1, 1 << 32, (1 << 63) - 1])
def test_the_header_is_enough(peer, length):
    peer.connection.send(frame(TEXT, b"", length=length))
    ends(peer, 1009)


def test_fragments_that_are_too_large(peer):
    whole = text(MESSAGE_MAX + 1)
    peer.send_frame(TEXT, whole[:60000], fin=False)
    peer.send_frame(PING, b"between")
    assert next_frame(peer, PONG) == b"between"
    peer.send_frame(CONTINUATION, whole[60000:])
    ends(peer, 1009)


def test_as_much_as_may_be_in_fragments(peer):
    whole = text(MESSAGE_MAX)
    for start in range(0, MESSAGE_MAX, 4096):
        peer.send_frame(CONTINUATION if start else TEXT, whole[start:start + 4096], fin=start == MESSAGE_MAX - 4096)
    peer.expect("pong")


# --- the handshake ---

def shake(door, *changes, method="GET", version="HTTP/1.1", behind=b""):
    """The answer to a handshake with other fields: (name, value), with None: without it."""
    fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
              ("Sec-WebSocket-Version", "13")]
    names = {name for name, _ in changes}
    fields = [field for field in fields if field[0] not in names] + [c for c in changes if c[1] is not None]
    data = request_bytes(method, door.path, fields).replace(b"HTTP/1.1", version.encode(), 1)
    return Socket(door.address, door.path, tls=door.tls, handshake=data + behind)


@pytest.mark.parametrize("changes", [
    [("Upgrade", "WebSocket")], [("Upgrade", "websocket ")], [("Upgrade", "\twebsocket")],
    [("Upgrade", "h2c, websocket")], [("Upgrade", "h2c"), ("Upgrade", "websocket")], [("Upgrade", ",websocket,")],
    [("Connection", "upgrade")], [("Connection", "keep-alive, Upgrade")],
    [("Connection", "keep-alive"), ("Connection", "UPGRADE")],
    [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")],
    [("Sec-WebSocket-Protocol", "chat.v1")], [("Sec-WebSocket-Protocol", "other, chat.v1")],
    [("Sec-WebSocket-Protocol", "other"), ("Sec-WebSocket-Protocol", "chat.v1")],
    [("Content-Length", "0")], [("Sec", "x")], [("Origin", "http://localhost:5000")],
], ids=str)
def test_handshakes(door, changes):
    with shake(door, *changes) as socket:
        assert socket.status == 101
        accept = hashlib.sha1(KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        assert socket.reply.header("Sec-WebSocket-Accept") == base64.b64encode(accept).decode()
        assert socket.reply.header("Upgrade").lower() == "websocket"
        assert socket.reply.header("Connection").lower() == "upgrade"
        assert socket.reply.header("Sec-WebSocket-Extensions") is None
        offered = any(name == "Sec-WebSocket-Protocol" for name, _ in changes)
        assert socket.reply.header("Sec-WebSocket-Protocol") == ("chat.v1" if offered else None)
        goes_on(socket)


@pytest.mark.parametrize("value", ["8", "7", "0", "12", "14", "013", "13.0", "13, 8", "", "x", None])
def test_other_versions(door, value):
    with shake(door, ("Sec-WebSocket-Version", value)) as socket:
        assert (socket.status, socket.reply.code()) == (426, "upgrade_required")
        assert socket.reply.header("Sec-WebSocket-Version") == "13"
        assert socket.reply.header("Upgrade") == "websocket"


@pytest.mark.parametrize("changes", [
    [("Sec-WebSocket-Key", None)], [("Sec-WebSocket-Key", "")], [("Sec-WebSocket-Key", "short")],
    [("Sec-WebSocket-Key", "!" * 24)], [("Sec-WebSocket-Key", KEY[:-2])], [("Sec-WebSocket-Key", KEY + "AAAA")],
    [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQAB")],
    [("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Key", KEY)],
    [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Version", "13")],
    [("Content-Length", "1")],
], ids=str)
def test_handshakes_that_are_refused(door, changes):
    with shake(door, *changes) as socket:
        assert (socket.status, socket.reply.code()) == (400, "bad_request")


@pytest.mark.parametrize("changes, how", [
    ([("Connection", None)], {}), ([("Connection", "close")], {}), ([("Connection", "xupgrade")], {}),
    ([("Upgrade", None)], {}), ([("Upgrade", "websockets")], {}), ([("Upgrade", "h2c")], {}),
    ([], {"version": "HTTP/1.0"}), ([], {"method": "POST"}), ([], {"method": "HEAD"}), ([], {"method": "OPTIONS"}),
], ids=str)
def test_what_is_no_handshake(door, changes, how):
    """It is answered, as any request is, and nothing is upgraded."""
    with Connection(door.address, tls=door.tls) as wire:
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
                  ("Sec-WebSocket-Version", "13")]
        names = {name for name, _ in changes}
        fields = [field for field in fields if field[0] not in names] + [c for c in changes if c[1] is not None]
        method = how.get("method", "GET")
        data = request_bytes(method, door.path, fields)
        wire.send(data.replace(b"HTTP/1.1", how.get("version", "HTTP/1.1").encode(), 1))
        reply = wire.read_reply(head=method == "HEAD")
        check_reply(reply, method)
        assert reply.status in ERRORS.values() or reply.status == 204


def test_frames_behind_the_handshake(door):
    """In one segment with it: they are the socket's first ones."""
    with shake(door, behind=frame(TEXT, text()) + frame(PING, b"early")) as socket:
        assert socket.status == 101
        socket.expect("pong")
        goes_on(socket)
        assert socket.pongs == [b"early"]


def test_the_handshake_in_octets(door):
    with Connection(door.address, tls=door.tls) as wire:
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
                  ("Sec-WebSocket-Version", "13")]
        for byte in request_bytes("GET", door.path, fields):
            wire.send(bytes([byte]))
        assert wire.read_reply().status == 101
