"""Read markers, unread messages, mentions and typing, over REST and the gateway."""

import pytest

from chatlib import Socket
from chatlib.people import User, ok


@pytest.fixture
def room(place, alice, bob):
    """Alice's server with bob, and its first channel."""
    place.join(bob)
    return place


def unread(user, channel):
    return next(u for u in ok(user.get("/users/me/unread")) if u["channel_id"] == channel)


def mark(user, channel, message):
    return user.put(f"/channels/{channel}/read", {"message_id": message})


def gateway(user):
    return Socket(user.daemon.address, f"/gateway?token={user.token}")


def test_counts_what_others_sent_above_the_marker(room, alice, bob):
    first = alice.send(room.general, "one")["id"]
    second = alice.send(room.general, "two @Bob")["id"]
    bob.send(room.general, "mine @bob")
    counted = {"channel_id": room.general, "server_id": room.id, "last_read_id": None,
               "unread": 2, "mentions": 1}
    assert unread(bob, room.general) == counted
    assert ok(mark(bob, room.general, first), 200) == counted | {"last_read_id": first, "unread": 1}
    ok(alice.delete(f"/messages/{second}"))
    assert unread(bob, room.general) == counted | {"last_read_id": first, "unread": 0, "mentions": 0}


def test_counts_go_to_a_hundred_and_more_says_so(room, alice, bob):
    sent = [alice.send(room.general, f"{n} @{bob.name}")["id"] for n in range(102)]
    row = unread(bob, room.general)
    assert (row["unread"], row["mentions"], row["more"]) == (100, 100, True)
    with gateway(bob) as socket:
        assert row in socket.expect("ready")["unread"]
        reply = ok(mark(bob, room.general, sent[0]))
        assert (reply["unread"], reply["mentions"], reply["more"]) == (100, 100, True)
        assert socket.expect("read")["more"] is True
        # Where there are not more both counts are exact, and nothing is said.
        reply = ok(mark(bob, room.general, sent[1]))
        assert (reply["unread"], reply["mentions"]) == (100, 100)
        assert "more" not in reply
        assert "more" not in socket.expect("read")


def test_a_long_run_of_ones_own_is_bounded_like_others(room, alice, bob):
    alice.send(room.general, "first")
    for n in range(100):
        bob.send(room.general, f"own {n}")
    assert (unread(bob, room.general)["unread"], unread(bob, room.general)["more"]) == (1, True)
    assert (unread(alice, room.general)["unread"], unread(alice, room.general).get("more")) == (99, True)


def test_never_moves_back(room, alice, bob):
    first, second = (alice.send(room.general, text)["id"] for text in ("one", "two"))
    assert ok(mark(bob, room.general, second))["last_read_id"] == second
    assert ok(mark(bob, room.general, first))["last_read_id"] == second


def test_starts_at_the_newest_message(place, alice, bob):
    newest = alice.send(place.general, "before @bob")["id"]
    place.join(bob)
    assert unread(bob, place.general)["last_read_id"] == newest
    assert unread(bob, place.general)["unread"] == 0
    late = place.channel()
    alice.send(late, "@bob")
    assert (unread(bob, late)["last_read_id"], unread(bob, late)["mentions"]) == (None, 1)


@pytest.mark.parametrize("which", ["of another channel", "that is deleted", "that never was"])
def test_a_message_that_is_not_in_the_channel_is_404(room, alice, bob, which):
    other = room.channel()
    message = alice.send(other if which == "of another channel" else room.general, "x")["id"]
    if which == "that is deleted":
        ok(alice.delete(f"/messages/{message}"))
    reply = mark(bob, room.general, 9007199254740991 if which == "that never was" else message)
    assert (reply.status, reply.code()) == (404, "message_not_found")


def test_only_members_read_and_type(room, mallory):
    assert mark(mallory, room.general, 1).status == 403
    assert mallory.post(f"/channels/{room.general}/typing").status == 403
    assert all(u["server_id"] != room.id for u in ok(mallory.get("/users/me/unread")))


def test_a_marker_shows_on_the_users_other_devices_only(room, alice, bob):
    message = alice.send(room.general, "hello")["id"]
    with gateway(bob) as one, gateway(bob) as two, gateway(alice) as other:
        for socket in (one, two, other):
            socket.expect("ready")
        one.send({"type": "read", "data": {"channel_id": room.general, "message_id": message}})
        want = {"channel_id": room.general, "last_read_id": message, "unread": 0, "mentions": 0}
        assert one.expect("read") == want
        assert two.expect("read") == want
        # A second time it moves nothing, and nobody is told.
        ok(mark(bob, room.general, message))
        assert two.drain("read") == []
        assert other.drain("read") == []


def test_typing_is_told_to_others(room, alice, bob):
    with gateway(alice) as socket:
        socket.expect("ready")
        ok(bob.post(f"/channels/{room.general}/typing"), 204)
        data = socket.expect("typing")
        assert data == {"user_id": bob.id, "username": bob.name, "channel_id": room.general}


def test_ready_and_server_create_are_the_state(chatd, room, alice):
    newcomer = User(chatd)
    message = alice.send(room.general, "hello")["id"]
    with gateway(newcomer) as socket:
        ready = socket.expect("ready")
        assert (ready["servers"], ready["unread"]) == ([], [])
        assert ready["user"]["id"] == newcomer.id
        room.join(newcomer)
        joined = socket.expect("server_create")
        rev = socket.events[-1]["rev"]
        assert (joined["id"], joined["rev"], joined["role"]) == (room.id, rev, "member")
        assert [c["last_message_id"] for c in joined["channels"]] == [message]
        alice.send(room.general, "welcome")
        socket.expect("message", content="welcome")
        assert socket.events[-1]["rev"] == rev + 1
    with gateway(newcomer) as socket:
        again = socket.expect("ready")["servers"][0]
        assert again["rev"] == rev + 1
        assert {k: again[k] for k in ("id", "role", "owner_id")} == {
            k: joined[k] for k in ("id", "role", "owner_id")}
        assert again["members_online"] >= 1


def test_a_resume_replays_what_was_missed(chatd, room, alice):
    member = User(chatd)
    room.join(member)
    with gateway(member) as socket:
        ready = socket.expect("ready")
    revs = {f"s{s['id']}": s["rev"] for s in ready["servers"]}
    kept = alice.send(room.general, "draft")["id"]
    gone = alice.send(room.general, "gone")["id"]
    ok(alice.patch(f"/messages/{kept}", {"content": "final"}))
    ok(alice.delete(f"/messages/{gone}"))
    path = f"/gateway?resume=1&token={member.token}"
    with Socket(chatd.address, path) as socket:
        socket.expect("ready")
        socket.send({"type": "resume", "data": {"epoch": ready["epoch"], "revs": revs}})
        while socket.recv()["type"] != "resumed":
            pass
        lasting = [(e["type"], e["data"]["id"]) for e in socket.events if "rev" in e]
        assert lasting == [("message", kept), ("message_delete", gone)]
        assert socket.events[-1]["data"]["revs"] == {f"s{room.id}": revs[f"s{room.id}"] + 4}
