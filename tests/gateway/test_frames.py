"""Frames of the gateway: what each is answered by, and with what code a socket ends."""

from contextlib import ExitStack
from json import dumps

import pytest

from chatlib import Closed, Connection, Daemon, Gateway, User, jwt, now
from chatlib.http1 import request_bytes
from chatlib.people import ok
from chatlib.ws import BINARY, CONTINUATION, PING, TEXT, frame


@pytest.fixture
def gateway(alice, shared):
    with Gateway(alice) as socket:
        socket.ready()
        yield socket


# --- the token, and what comes first ---

def test_the_token_in_the_query_and_in_the_header(alice):
    with Gateway(alice) as socket:
        assert socket.ready()["user"]["id"] == alice.id
    bearer = [("Authorization", f"Bearer {alice.token}")]
    with Gateway(alice, query=False, headers=bearer) as socket:
        assert socket.ready()["user"]["id"] == alice.id


def test_without_a_good_token_it_is_refused(alice):
    assert Gateway(alice, query=False).status == 401
    assert Gateway(alice, token="nonsense").status == 401
    expired = jwt({"sub": str(alice.id), "username": "alice", "exp": now() - 5})
    assert Gateway(alice, token=expired).status == 401


def test_ready_is_what_rest_says(alice, bob, shared):
    alice.send(shared.general, "hello @bob")
    with Gateway(bob) as socket:
        ready = socket.ready()
    assert ready["user"] == ok(bob.get("/users/me")) | {"status": "online"}
    assert ready["unread"] == ok(bob.get("/users/me/unread"))
    assert ready["heartbeat_interval"] > 0 and ready["epoch"]
    servers = {server["id"]: server for server in ready["servers"]}
    assert list(servers) == [server["id"] for server in ok(bob.get("/servers"))]
    state = servers[shared.id]
    assert state["role"] == "member" and state["rev"] > 0
    assert state["channels"] == ok(bob.get(f"{shared.path}/channels"))
    assert {name: state[name] for name in shared.server} == ok(bob.get(shared.path))


def test_ready_comes_before_everything(alice, shared):
    for n in range(10):
        with Gateway(alice) as socket:
            socket.say("at once", channel_id=shared.general, nonce=f"n{n}")
            socket.send({"type": "ping"})
            socket.expect("ack")
            assert socket.events[0]["type"] == "ready"


def test_a_large_ready_frame_with_pings_between_its_fragments(newcomer):
    """Nothing may land inside of one of them."""
    user = newcomer()
    place = user.place()
    for _ in range(120):
        ok(user.post(f"{place.path}/channels", {"name": "c", "description": "😀" * 500}), 201)
    for _ in range(5):
        with Gateway(user, receive_buffer=4096) as socket:
            for n in range(20):
                socket.send_frame(PING, b"%d" % n)
            assert len(socket.ready()["servers"][0]["channels"]) == 121
            while not socket.pongs:
                socket.recv()


# --- messages ---

def test_a_message_is_acknowledged_and_then_told(gateway, bob, shared):
    with Gateway(bob) as other:
        other.ready()
        gateway.say("hello", channel_id=shared.general, nonce="n1")
        ack = gateway.expect("ack")
        assert ack["nonce"] == "n1" and ack["message"] == ok(bob.get(
            f"/messages/{ack['message']['id']}")) | {"nonce": "n1"}
        mine, theirs = gateway.expect("message"), other.expect("message")
        assert mine.pop("nonce") == "n1" and mine == theirs
        assert theirs.pop("username") == "alice"
        assert theirs == {k: v for k, v in ack["message"].items() if k != "nonce"}


def test_without_a_nonce_there_is_no_ack(gateway, shared):
    gateway.say("hello", channel_id=shared.general)
    gateway.expect("message")
    assert "ack" not in [event["type"] for event in gateway.events]


def test_a_nonce_again(gateway, bob, shared):
    with Gateway(bob) as other:
        other.ready()
        for content in ("once", "once", "other"):
            gateway.say(content, channel_id=shared.general, nonce="n")
        first, second = gateway.expect("ack"), gateway.expect("ack")
        assert first == second
        refusal = gateway.expect("error")
        assert (refusal["code"], refusal["nonce"]) == ("nonce_reused", "n")
        assert [m["id"] for m in other.drain("message")] == [first["message"]["id"]]


@pytest.mark.parametrize("change, code", [
    ({"channel_id": None}, "invalid"), ({"channel_id": 0}, "invalid"), ({"channel_id": "1"}, "invalid"),
    ({"content": None}, "invalid"), ({"content": ""}, "invalid"), ({"content": "x" * 2001}, "invalid"),
    ({"channel_id": 2**53 - 1}, "channel_not_found"),
], ids=str)
def test_a_refused_message_names_its_nonce(gateway, shared, change, code):
    data = {"channel_id": shared.general, "content": "x", "nonce": "n"} | change
    gateway.send({"type": "message", "data": data})
    refusal = gateway.expect("error")
    assert (refusal["code"], refusal["nonce"]) == (code, "n")
    gateway.drain()


def test_a_message_where_one_is_no_member(mallory, shared):
    with Gateway(mallory) as socket:
        socket.ready()
        socket.say("hello", channel_id=shared.general, nonce="n")
        assert socket.expect("error")["code"] == "not_member"
        for kind in ("typing", "read"):
            socket.send({"type": kind, "data": {"channel_id": shared.general, "message_id": 1}})
            assert socket.expect("error")["code"] == "not_member"


# --- the other frames ---

def test_typing(gateway, bob, shared):
    with Gateway(bob) as other:
        other.ready()
        gateway.drain()
        gateway.send({"type": "typing", "data": {"channel_id": shared.general}})
        assert other.expect("typing") == {
            "user_id": gateway.user.id, "username": "alice", "channel_id": shared.general}
        assert gateway.drain("typing") == []


def test_read_reaches_all_devices_and_never_moves_back(alice, bob, shared):
    sent = [alice.send(shared.general, f"@bob {n}")["id"] for n in range(3)]
    with Gateway(bob) as first, Gateway(bob) as second:
        assert [first.ready()["unread"], second.ready()["unread"]] == 2 * [ok(bob.get("/users/me/unread"))]
        for at, left in ((1, 1), (0, None), (2, 0)):
            first.send({"type": "read", "data": {"channel_id": shared.general, "message_id": sent[at]}})
            told = [socket.drain("read") for socket in (first, second)]
            while left is not None and not all(told):
                told = [was or socket.drain("read") for was, socket in zip(told, (first, second))]
            assert told == 2 * [[] if left is None else [
                {"channel_id": shared.general, "last_read_id": sent[at], "unread": left, "mentions": left}]]
    unread = next(u for u in ok(bob.get("/users/me/unread")) if u["channel_id"] == shared.general)
    assert (unread["last_read_id"], unread["unread"], unread["mentions"]) == (sent[2], 0, 0)


def test_presence_is_a_choice(gateway, bob, shared):
    with Gateway(bob) as other:
        other.ready()
        for status in ("away", "dnd", "offline", "online"):
            gateway.send({"type": "presence", "data": {"status": status}})
            assert other.expect("presence", user_id=gateway.user.id)["status"] == status
            assert ok(gateway.user.get("/users/me"))["status"] == status


def test_pings_of_both_kinds(gateway):
    gateway.send({"type": "ping"})
    gateway.expect("pong")
    gateway.send_frame(PING, b"payload")
    gateway.expect("(protocol pong)")
    assert gateway.pongs == [b"payload"]


@pytest.mark.parametrize("text", [
    "", "{", "null", "[]", "{}", '{"type":7}', '{"type":"nonsense"}', '{"type":"ready","data":{}}',
    '{"type":"typing"}', '{"type":"typing","data":{"channel_id":0}}', '{"type":"read","data":{}}',
    '{"type":"presence","data":{"status":"asleep"}}', '{"type":"presence","data":{}}',
    '{"type":"resume"}', '{"type":"resume","data":{"epoch":7,"revs":{}}}',
    '{"type":"resume","data":{"epoch":"x","revs":{"12":1}}}',
    '{"type":"resume","data":{"epoch":"x","revs":{"s0":1}}}',
    '{"type":"resume","data":{"epoch":"x","revs":{"s1":-1}}}',
    '{"type":"resume","data":{"epoch":"x","revs":{"s1":1.5}}}',
    '{"type":"resume","data":{"epoch":"x","revs":[]}}',
], ids=lambda text: text[:50] or "empty")
def test_a_frame_that_does_not_fit_is_an_error(gateway, text):
    gateway.send_text(text)
    refusal = gateway.expect("error")
    assert refusal["code"] in ("bad_frame", "bad_json", "invalid") and refusal["detail"]
    gateway.drain()


def test_a_second_resume_is_an_error(gateway):
    for _ in range(2):
        gateway.send({"type": "resume", "data": {"epoch": "x", "revs": {}}})
    gateway.expect("resumed")
    assert gateway.expect("error")["code"] == "bad_frame"


# --- how it ends ---

def test_binary_is_1003(gateway):
    gateway.send_frame(BINARY, b"{}")
    assert gateway.close_code() == 1003


def test_not_utf8_is_1007(gateway):
    gateway.send_frame(TEXT, b'"\xff"')
    assert gateway.close_code() == 1007


def test_too_big_is_1009(gateway):
    for n in range(17):
        gateway.send_frame(CONTINUATION if n else TEXT, b" " * 4096, fin=False)
    assert gateway.close_code() == 1009


def test_a_logout_is_4001(newcomer):
    user = newcomer()
    with Gateway(user) as socket:
        socket.ready()
        ok(user.post("/auth/logout"), 200)
        assert socket.close_code() == 4001


def test_a_token_that_expires_is_4001(alice):
    token = jwt({"sub": str(alice.id), "username": "alice", "exp": now() + 2})
    with Gateway(alice, token=token) as socket:
        socket.ready()
        assert socket.close_code() == 4001


def test_only_nonsense_is_4010(gateway):
    try:
        for _ in range(100):
            gateway.send_text("nonsense")
    except OSError:
        pass
    assert gateway.close_code() in (4010, None)
    assert len([e for e in gateway.events if e["type"] == "error"]) < 100


def test_good_frames_between_make_nonsense_harmless(gateway, shared):
    for n in range(10):
        for _ in range(15):
            gateway.send_text("nonsense")
        gateway.say("sense", channel_id=shared.general, nonce=str(n))
        gateway.expect("ack")


def test_no_end_of_messages_above_the_rate_is_4009(tmp_path):
    with Daemon(tmp_path, "--rate-limit", "on") as daemon:
        user = User(daemon)
        place = user.place()
        with Gateway(user) as socket:
            socket.ready()
            try:
                for n in range(2000):
                    socket.say("more", channel_id=place.general, nonce=str(n))
            except OSError:
                pass
            assert socket.close_code() in (4009, None)
            assert {e["data"]["code"] for e in socket.events if e["type"] == "error"} <= {"rate_limited"}
        with Gateway(user) as socket:
            socket.ready()


def test_a_shutdown_is_1001(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        with Gateway(user) as socket:
            socket.ready()
            daemon.stop()
            assert socket.close_code() == 1001


def test_a_closing_handshake_is_answered(gateway):
    gateway.send_frame(8, (1000).to_bytes(2, "big"))
    assert gateway.close_code() in (1000, 1005)
    with pytest.raises((Closed, OSError)):
        gateway.recv(2)


def test_a_server_that_is_larger_than_one_write_comes_whole(newcomer):
    """Its frame is some 300 kB, and what happens in the same moment waits before and behind it."""
    owner, guest = newcomer(), newcomer()
    here, large = owner.place(), owner.place()
    here.join(guest)
    for n in range(450):
        ok(owner.post(f"{large.path}/channels",
                      {"name": f"channel {n}", "description": "d" * 500}), 201)
    accept = request_bytes("POST", f"/invites/{large.invite()}",
                           [("Authorization", f"Bearer {guest.token}")], b"")
    flood = frame(TEXT, dumps({"type": "message", "data": {
        "channel_id": here.general, "content": "flood"}}).encode()) * 50
    with ExitStack() as stack:
        ear, end, *mouths = [stack.enter_context(opened) for opened in (
            Gateway(guest), Connection(guest.daemon.address), *(Gateway(owner) for _ in range(4)))]
        for socket in (ear, *mouths):
            socket.ready()
        for _ in range(5):
            for mouth in mouths[:2]:
                mouth.connection.send(flood)
            end.send(accept)
            for mouth in mouths[2:]:
                mouth.connection.send(flood)
            told = ear.expect("server_create", id=large.id)
            assert len(told["channels"]) == 451
            assert end.read_reply().status == 200
            ok(guest.delete(f"{large.path}/members/me"))
            ear.expect("server_delete", id=large.id)
