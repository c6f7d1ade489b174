"""The channel socket: who gets in, what it hears, and when it is closed."""

import random
import threading
import time

import pytest

from chatlib import Client, Closed, Connection, Daemon, Socket, User, jwt, now, until
from chatlib.http1 import request_bytes
from chatlib.people import ok


def ws(user, place, channel=None):
    return f"/ws/{user.id}/{place.id}/{channel or place.general}"


# --- getting in ---

@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c"])
def test_without_a_good_token_it_is_refused(chatd, place, alice, token):
    query = "" if token is None else f"?token={token}"
    assert Socket(chatd.address, ws(alice, place) + query).status == 401


def test_tokens_that_do_not_hold(chatd, place, alice):
    claims = {"sub": str(alice.id), "username": "alice", "exp": now() - 5}
    for token in (jwt(claims), jwt(claims | {"exp": now() + 60}, alg="none")):
        assert Socket(chatd.address, f"{ws(alice, place)}?token={token}").status == 401


def test_another_users_id_is_refused(chatd, shared, alice, bob):
    assert Socket(chatd.address, f"{ws(bob, shared)}?token={alice.token}").status == 403


@pytest.mark.parametrize("ids", ["x/1/1", "1/x/1", "1/1/x", "0/1/1", "1/1", "1/1/1/1", "", "1e400/1/1",
                                 "1.5/1/1", "9007199254740992/1/1", "1/1/"])
def test_paths_that_lead_nowhere(chatd, alice, ids):
    assert Socket(chatd.address, f"/ws/{ids}?token={alice.token}").status in (403, 404, 422)


def test_the_token_in_the_header(chatd, place, alice):
    header = [("Authorization", f"Bearer {alice.token}")]
    with Socket(chatd.address, ws(alice, place), header) as socket:
        assert socket.status == 101 and socket.drain("message") == []


def test_ids_as_floats(place, alice):
    path = f"/ws/{alice.id}.0/{place.id}.0/{place.general}.0?token={alice.token}"
    with Socket(alice.daemon.address, path) as socket:
        assert socket.status == 101 and socket.drain("message") == []


@pytest.mark.parametrize("offers", ["chat.v1, bearer.{}", "bearer.{},chat.v1"])
def test_the_token_as_a_subprotocol(chatd, place, alice, offers):
    """All that a page in a browser can set. The list is longer than libwebsockets takes."""
    for path in (ws(alice, place), "/gateway"):
        offer = [("Sec-WebSocket-Protocol", offers.format(alice.token))]
        with Socket(chatd.address, path, offer) as socket:
            assert socket.reply.header("Sec-WebSocket-Protocol") == "chat.v1"
            socket.drain()
        bad = [("Sec-WebSocket-Protocol", offers.format(alice.token[:-5] + "xxxxx"))]
        assert Socket(chatd.address, path, bad).status == 401
    offer = [("Sec-WebSocket-Protocol", ", ".join(["other"] * 200 + [offers.format(alice.token)]))]
    with Socket(chatd.address, "/gateway", offer) as socket:
        assert socket.reply.header("Sec-WebSocket-Protocol") == "chat.v1"


@pytest.mark.parametrize("offers", ["chat.v2", "bearer.x", "chat.v10, xchat.v1", ", ".join(["x"] * 500)])
def test_subprotocols_that_are_not_spoken(chatd, alice, offers):
    offer = [("Sec-WebSocket-Protocol", offers)]
    assert Socket(chatd.address, f"/gateway?token={alice.token}", offer).status == 400


def test_a_token_of_the_original(place, alice):
    token = jwt({"sub": str(alice.id), "username": "alice", "exp": now() + 60})
    with alice.socket(place, token=token) as socket:
        assert socket.drain("message") == []


def test_who_is_no_member_is_closed(shared, mallory):
    assert mallory.socket(shared).close_code() == 4003


def test_a_channel_that_is_not_there_is_closed(place, alice):
    assert alice.socket(place, channel=9007199254740991).close_code() == 4004


def test_a_channel_of_another_server_is_closed(shared, alice):
    other = alice.place()
    assert alice.socket(shared, channel=other.general).close_code() == 4003
    assert alice.socket(9007199254740991, channel=other.general).close_code() == 4003
    other.delete()
    assert alice.socket(other).close_code() == 4004


def test_a_plain_get_is_no_socket(alice, place):
    assert alice.get(ws(alice, place)).status in (400, 404, 426)


def test_a_revoked_session_gets_no_further(newcomer, shared):
    user = shared.join(newcomer())
    ok(user.post("/auth/logout"), 200)
    socket = user.socket(shared)
    assert socket.status == 401 or socket.close_code() == 4001


# --- what it hears ---

def test_a_message_by_rest_reaches_every_socket(shared, alice, bob, carol):
    with alice.socket(shared) as a, bob.socket(shared) as b, bob.socket(shared) as b2, \
            carol.socket(shared, channel=shared.channel()) as elsewhere:
        for socket in (a, b, b2, elsewhere):
            socket.drain()
        sent = alice.send(shared.general, "hello")
        for socket in (a, b, b2):
            assert socket.drain("message") == [sent | {"username": "alice"}]
        assert elsewhere.drain("message") == []


def test_a_message_by_socket_is_stored_and_told(shared, alice, bob):
    with alice.socket(shared) as a, bob.socket(shared) as b:
        a.say("hello", user_id=bob.id, username="bob", id=1, created_at="2000-01-01T00:00:00Z")
        mine, theirs = a.expect("message"), b.expect("message")
        assert mine == theirs and mine["content"] == "hello"
        assert (mine["user_id"], mine["username"], mine["is_edited"]) == (alice.id, "alice", False)
        assert mine["created_at"] > "2020"
        assert ok(bob.get(f"/messages/{mine['id']}")) | {"username": "alice"} == theirs


def test_the_bare_form(place, alice):
    with alice.socket(place) as socket:
        socket.send({"content": "as the original's client may send it"})
        assert socket.expect("message")["content"].startswith("as the")


def test_the_nonce_goes_to_the_author_alone(shared, alice, bob):
    with alice.socket(shared) as a, alice.socket(shared) as a2, bob.socket(shared) as b:
        b.drain()
        a.say("one", nonce="n1")
        assert a.expect("message")["nonce"] == a2.expect("message")["nonce"] == "n1"
        assert "nonce" not in b.expect("message")
        alice.send(shared.general, "two", nonce="n2")
        assert a.expect("message")["nonce"] == "n2" and "nonce" not in b.expect("message")


def test_a_repeated_nonce(shared, alice, bob):
    """A retry that was stored already tells nobody again; with other content it is an error."""
    with alice.socket(shared) as a, bob.socket(shared) as b:
        b.drain()
        first = alice.send(shared.general, "once", nonce="n")
        a.say("once", nonce="n")
        a.say("other", nonce="n")
        refusal = a.expect("error")
        assert (refusal["code"], refusal["nonce"]) == ("nonce_reused", "n")
        assert [m["id"] for m in b.drain("message")] == [first["id"]]
        assert len(ok(alice.get(f"/channels/{shared.general}/messages"))) == 1


def test_edits_and_deletions_are_told(shared, alice, bob):
    sent = alice.send(shared.general, "one", nonce="mine")
    with alice.socket(shared) as a, bob.socket(shared) as b:
        b.drain()
        edited = ok(alice.patch(f"/messages/{sent['id']}", {"content": "two"}), 200)
        told = b.expect("message_update")
        assert told == {k: v for k, v in edited.items() if k != "nonce"} and told["is_edited"]
        assert a.expect("message_update")["content"] == "two"
        ok(alice.delete(f"/messages/{sent['id']}"), 204)
        assert b.expect("message_delete") == {"id": sent["id"], "channel_id": shared.general}


def test_coming_and_going(newcomer, shared, alice):
    user = shared.join(newcomer())
    who = {"user_id": user.id, "username": user.name, "channel_id": shared.general}
    with alice.socket(shared) as watcher:
        watcher.drain()
        first = user.socket(shared)
        assert watcher.expect("user_join") == who
        second = user.socket(shared)
        second.drain()
        assert "user_join" not in {e["type"] for e in second.events}, "told of itself"
        first.close()
        second.say("still here")
        watcher.expect("message")
        assert watcher.drain("user_leave") == watcher.drain("user_join") == []
        second.close()
        assert watcher.expect("user_leave") == who
        told = [e["type"] for e in watcher.events if (e.get("data") or {}).get("user_id") == user.id]
        assert told.count("user_join") == told.count("user_leave") == 1


@pytest.mark.slow
def test_typing_is_told_once_in_3_seconds(shared, alice, bob):
    with alice.socket(shared) as a, bob.socket(shared) as b:
        a.drain()
        b.drain()
        began = time.monotonic()
        for _ in range(5):
            a.send({"type": "typing"})
        a.drain()
        who = {"user_id": alice.id, "username": "alice", "channel_id": shared.general}
        assert b.drain("typing") == [who]

        def again():
            a.send({"type": "typing"})
            a.drain()
            return b.drain("typing")

        assert until(again, "typing again") == [who]
        assert time.monotonic() - began > 2.99


def test_pings_of_both_kinds(place, alice):
    with alice.socket(place) as socket:
        socket.send({"type": "ping"})
        socket.expect("pong")
        socket.send_frame(9, b"payload")
        socket.expect("(protocol pong)")
        assert socket.pongs == [b"payload"]


@pytest.mark.parametrize("frame", [
    "", "{", "null", "7", "[]", '"x"', "{}", '{"type":"nonsense"}', '{"type":7}', '{"type":"message"}',
    '{"type":"message","data":7}', '{"type":"message","data":{}}', '{"content":7}', '{"content":""}',
    '{"type":"message","data":{"content":""}}', '{"type":"message","data":{"content":"%s"}}' % ("x" * 2001),
    '{"type":"message","data":{"content":"a\\u0000b"}}', '{"content":"\\ud800"}',
    '{"type":"message","type":"message"}', "[" * 5000, '{"content":"x","nonce":""}',
    '{"type":"message","data":{"content":"x","nonce":"%s"}}' % ("n" * 65), '{"type":"pong"}',
    '{"type":"user_join","data":{}}', '{"type":"presence","data":{"status":"dnd"}}',
], ids=lambda f: f[:40] or "empty")
def test_a_frame_that_does_not_fit_is_an_error(place, alice, frame):
    with alice.socket(place) as socket:
        socket.send_text(frame)
        refusal = socket.expect("error")
        assert refusal["code"] in ("bad_frame", "bad_json", "invalid") and refusal["detail"]
        socket.send({"content": "the socket stays open"})
        socket.expect("message")
    assert len(ok(alice.get(f"/channels/{place.general}/messages"))) == 1


def test_an_error_names_the_nonce(place, alice):
    with alice.socket(place) as socket:
        socket.say("", nonce="n7")
        assert socket.expect("error")["nonce"] == "n7"


def test_2000_emoji_by_socket(place, alice):
    with alice.socket(place) as socket:
        socket.say("😀" * 2000)
        assert socket.expect("message")["content"] == "😀" * 2000


# --- being closed ---

@pytest.mark.parametrize("way", ["kick", "ban", "leave"])
def test_who_is_out_hears_nothing_more(shared, alice, bob, carol, way):
    with bob.socket(shared) as out, bob.socket(shared) as out2, carol.socket(shared) as stays:
        for socket in (out, out2, stays):
            socket.drain()
        if way == "kick":
            ok(alice.delete(f"{shared.path}/members/{bob.id}"), 204)
        elif way == "ban":
            ok(alice.put(f"{shared.path}/bans/{bob.id}"), 204)
        else:
            ok(bob.delete(f"{shared.path}/members/me"), 204)
        alice.send(shared.general, "secret")
        for socket in (out, out2):
            assert socket.close_code() == 4003
            assert "message" not in [e["type"] for e in socket.events]
        assert stays.expect("message")["content"] == "secret"


def test_a_logout_closes_that_sessions_sockets(newcomer, shared, alice):
    user = shared.join(newcomer())
    other = user.login()
    with user.socket(shared) as ended, user.socket(shared, token=other) as stays:
        ended.drain()
        stays.drain()
        ok(user.post("/auth/logout"), 200)
        alice.send(shared.general, "secret")
        assert ended.close_code() == 4001 and "message" not in [e["type"] for e in ended.events]
        assert stays.expect("message")


def test_ending_sessions_closes_their_sockets(newcomer, shared):
    user = shared.join(newcomer())
    token = user.login()
    with user.socket(shared, token=token) as ended:
        ended.drain()
        target = next(s["id"] for s in ok(user.get("/auth/sessions")) if not s["current"])
        ok(user.delete(f"/auth/sessions/{target}"), 204)
        assert ended.close_code() == 4001
    with user.socket(shared, token=user.login()) as ended, user.socket(shared) as stays:
        stays.drain()
        ended.drain()
        change = {"old_password": user.password, "new_password": "new secret"}
        ok(user.post("/auth/password", change), 204)
        assert ended.close_code() == 4001
        assert stays.drain("message") == []


def test_logout_closes_sockets_of_the_originals_tokens(newcomer, shared):
    user = shared.join(newcomer())
    token = jwt({"sub": str(user.id), "username": user.name, "exp": now() + 60})
    with user.socket(shared, token=token) as ended, user.socket(shared) as stays:
        ended.drain()
        stays.drain()
        ok(user.with_token(token).post("/auth/logout"), 200)
        assert ended.close_code() == 4001
        stays.drain()


def test_a_new_password_by_an_originals_token_closes_all(newcomer, shared):
    """Such tokens end too, the one that asked among them."""
    user = shared.join(newcomer())
    token = jwt({"sub": str(user.id), "username": user.name, "exp": now() + 60})
    with user.socket(shared, token=token) as old, user.socket(shared) as new:
        old.drain()
        new.drain()
        change = {"old_password": user.password, "new_password": "new secret"}
        ok(user.with_token(token).post("/auth/password", change), 204)
        assert new.close_code() == old.close_code() == 4001


def test_a_token_that_expires_closes_its_socket(shared, alice):
    token = jwt({"sub": str(alice.id), "username": "alice", "exp": now() + 2})
    assert alice.socket(shared, token=token).close_code() == 4001


def test_a_deleted_channel_closes_its_sockets(shared, alice, bob):
    channel = shared.channel()
    with bob.socket(shared, channel=channel) as ended, bob.socket(shared) as stays:
        ended.drain()
        ok(alice.delete(f"/channels/{channel}"), 204)
        assert ended.close_code() == 4004
        stays.drain()


def test_a_deleted_server_closes_its_sockets(alice, bob):
    place = alice.place()
    place.join(bob)
    with bob.socket(place) as ended:
        ended.drain()
        place.delete()
        assert ended.close_code() in (4003, 4004)


def test_a_demoted_member_stays(shared, alice, bob):
    with bob.socket(shared) as socket:
        socket.drain()
        shared.set_role(bob, "admin")
        shared.set_role(bob, "member")
        alice.send(shared.general, "hello")
        assert socket.expect("message")


# --- no event missed ---

class Busy:
    """Two who send and some who read without a pause, so that a check of rights has to wait."""

    def __init__(self, place, senders, reader):
        self.path = f"/channels/{place.general}/messages"
        self.sent, self.started = [], [0, 0]
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.send, args=pair) for pair in enumerate(senders)]
        self.threads += [threading.Thread(target=self.read, args=(reader,)) for _ in range(6)]

    def send(self, at, user):
        client = Client(user.daemon, user.token)
        while not self.done.is_set():
            number = self.started[at]
            self.started[at] += 1
            self.sent.append(ok(client.post(self.path, {"content": f"{at} {number}"}), 201)["id"])
        client.close()

    def read(self, user):
        request = request_bytes("GET", self.path + "?limit=100", [("Authorization", f"Bearer {user.token}")])
        with Connection(user.daemon.address) as connection:
            while not self.done.is_set():
                connection.send(request)
                connection.read_reply()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()


def test_from_the_101_on_no_message_is_missed(tmp_path):
    """Sockets that open at any time see a suffix without a gap."""
    with Daemon(tmp_path, "--rate-limit", "off", "--workers", "1") as daemon:
        alice, bob, carol = (User(daemon) for _ in range(3))
        place = alice.place()
        place.join(bob)
        place.join(carol)
        for _ in range(100):
            alice.send(place.general, "x" * 2000)
        sockets = []
        with Busy(place, (alice, bob), carol) as busy:
            for _ in range(40):
                socket = carol.socket(place)
                assert socket.status == 101
                sockets.append((socket, list(busy.started)))
                until(lambda floor=len(busy.sent) + random.randrange(6): len(busy.sent) >= floor, "messages")
        check_suffixes(sockets, busy.sent, busy.started)


def check_suffixes(sockets, sent, started):
    everything = sorted(sent)
    for socket, floors in sockets:
        socket.drain()
        heard = [e["data"] for e in socket.events if e["type"] == "message"]
        ids = [m["id"] for m in heard]
        assert ids == everything[len(everything) - len(ids):], "a gap, a double, or another order"
        for at, floor in enumerate(floors):
            numbers = [int(m["content"].split()[1]) for m in heard if m["content"][0] == str(at)]
            first = started[at] - len(numbers)
            assert numbers == list(range(first, started[at])) and first <= floor
        socket.close()


def test_everybody_hears_the_same_order(shared, alice, bob, carol):
    """Senders on sockets of their own, all at once."""
    people = (alice, bob, carol)
    sockets = [user.socket(shared) for user in people for _ in range(3)]
    for socket in sockets:
        socket.drain()
    for n in range(20):
        for at, socket in enumerate(sockets):
            socket.say(f"{at} {n}")
    orders = []
    for socket in sockets:
        heard = [socket.expect("message") for _ in range(20 * len(sockets))]
        orders.append([m["id"] for m in heard])
        for at in range(len(sockets)):
            mine = [m["content"] for m in heard if m["content"].split()[0] == str(at)]
            assert mine == [f"{at} {n}" for n in range(20)], "one sender's order was lost"
    assert all(order == sorted(orders[0]) for order in orders)
    for socket in sockets:
        socket.close()


def test_a_kick_in_the_middle_of_opening(chatd, shared, alice, newcomer):
    """Whatever the race's outcome, who is out hears nothing that was sent after."""
    user = newcomer()
    for _ in range(15):
        shared.join(user)
        socket = user.socket(shared)
        ok(alice.delete(f"{shared.path}/members/{user.id}"), 204)
        alice.send(shared.general, "secret")
        assert socket.close_code() == 4003
        assert "message" not in [e["type"] for e in socket.events]
        socket.close()


def test_many_sockets_come_and_go(shared, alice, bob):
    for _ in range(100):
        bob.socket(shared).close()
    with bob.socket(shared) as socket:
        sent = alice.send(shared.general, "hello")
        assert socket.expect("message")["id"] == sent["id"]


def test_a_closing_handshake_is_answered(place, alice):
    socket = alice.socket(place)
    socket.drain()
    socket.send_frame(8, (1000).to_bytes(2, "big"))
    assert socket.close_code() in (1000, 1005)
    with pytest.raises((Closed, OSError)):
        socket.recv(2)
