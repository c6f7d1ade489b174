"""libcommon's gateway client on a chatd that is killed, stopped and started: all events, once."""

import random
import signal

from chatlib import until
from conftest import Program


def restart(chatd):
    chatd.kill()
    chatd.start()


def test_ready_and_live(follow, place, bob):
    follower = follow(bob).live()
    ready = follower.events("ready")[0]["data"]
    assert ready["user"]["id"] == bob.id
    assert [server["id"] for server in ready["servers"]] == [place.id]
    message = place.owner.send(place.general, "hello")
    until(lambda: follower.events("message"), "the message")
    event = follower.events("message")[0]
    assert event["server"] == place.id and event["rev"] > ready["servers"][0]["rev"]
    assert event["data"]["id"] == message["id"]
    follower.end()


def test_kill_9_loses_and_doubles_nothing(chatd, follow, place, bob):
    follower = follow(bob).live()
    sent = []
    for number in range(6):
        for _ in range(random.randrange(1, 40)):
            sent.append(str(len(sent)))
            place.owner.send(place.general, sent[-1])
        place.owner.close()
        restart(chatd)
        # Before it is back: these are replayed, or live, whichever comes first.
        for _ in range(random.randrange(1, 10)):
            sent.append(str(len(sent)))
            place.owner.send(place.general, sent[-1])
        if number % 2:
            until(lambda: len(follower.contents(place.general)) >= len(sent), "the rest", 60)
    until(lambda: len(follower.contents(place.general)) >= len(sent), "every message", 60)
    assert follower.contents(place.general) == sent
    follower.check_order()


def test_what_happened_while_it_was_away(chatd, follow, place, alice, bob):
    """Edits, deletes, channels, members, a new server and a lost one, after a SIGSTOP."""
    other, lost = alice.place("other"), alice.place("lost")
    lost.join(bob)
    edited, deleted = alice.send(place.general, "before"), alice.send(place.general, "doomed")
    follower = follow(bob).live()
    follower.process.send_signal(signal.SIGSTOP)
    restart(chatd)
    alice.close()
    bob.close()
    alice.patch(f"/messages/{edited['id']}", {"content": "after"})
    alice.delete(f"/messages/{deleted['id']}")
    channel = place.channel("new")
    alice.send(channel, "in the new one")
    other.join(bob)
    alice.delete(f"{lost.path}/members/{bob.id}")
    follower.process.send_signal(signal.SIGCONT)
    follower.live(2)
    assert [e["data"]["content"] for e in follower.events("message_update")] == ["after"]
    assert [e["data"]["id"] for e in follower.events("message_delete")] == [deleted["id"]]
    assert [e["data"]["id"] for e in follower.events("channel_create")] == [channel]
    assert follower.contents(channel) == ["in the new one"]
    assert [(e["server"], e["data"]["reason"]) for e in follower.events("server_delete")] == \
        [(lost.id, "gone")]
    # The new server is known from the second ready frame, and goes on from there.
    alice.send(other.general, "welcome")
    until(lambda: follower.contents(other.general) == ["welcome"], "the new server's message")
    follower.check_order()


def test_a_client_that_comes_back_with_its_revs(follow, place, alice, bob):
    first = follow(bob).live()
    ready = first.events("ready")[0]["data"]
    first.kill()
    for number in range(3):
        alice.send(place.general, str(number))
    rev = ready["servers"][0]["rev"]
    second = follow(bob, "", ready["epoch"], f"s{place.id}={rev}", "s999=5").live()
    assert second.contents(place.general) == ["0", "1", "2"]
    assert [e["server"] for e in second.events("server_delete")] == [999]
    third = follow(bob, "", ready["epoch"], f"s{place.id}={second.revs()[place.id][0]}").live()
    assert third.contents(place.general) == ["1", "2"]


def test_another_epoch_is_a_resync(follow, place, alice, bob):
    alice.send(place.general, "old")
    follower = follow(bob, "", "another", f"s{place.id}=1").live()
    rev = follower.events("ready")[0]["data"]["servers"][0]["rev"]
    assert [(e["server"], e["rev"]) for e in follower.events("resync")] == [(place.id, rev)]
    alice.send(place.general, "new")
    until(lambda: follower.contents(place.general) == ["new"], "the new message")


def test_joining_and_leaving_live(follow, place, alice, bob):
    follower = follow(bob).live()
    other = alice.place("other")
    other.join(bob)
    until(lambda: follower.events("server_create"), "the server")
    alice.send(other.general, "in")
    until(lambda: follower.contents(other.general) == ["in"], "the message")
    alice.delete(f"{other.path}/members/{bob.id}")
    until(lambda: follower.events("server_delete"), "the kick")
    alice.send(other.general, "out")
    alice.send(place.general, "still")
    until(lambda: follower.contents(place.general) == ["still"], "the message")
    assert follower.contents(other.general) == ["in"]
    other.join(bob)
    alice.send(other.general, "back")
    until(lambda: follower.contents(other.general) == ["in", "back"], "the message")


def test_a_bad_token_is_refused(follow, bob):
    follower = follow(bob, token="nonsense")
    until(lambda: follower.items("state", state="refused", code="bad_token"), "the refusal")


def test_a_revoked_session_is_refused(follow, bob):
    token = bob.login()
    follower = follow(bob, token=token).live()
    bob.with_token(token).post("/auth/logout")
    until(lambda: follower.items("state", state="refused", code="bad_token"), "the refusal")


def test_an_owner_that_takes_nothing(chatd, follow, place, alice, bob):
    """More events than its queue holds: reading stops, and goes on where it was."""
    follower = follow(bob).live()
    follower.say("stop")
    sender = follow(alice).live()
    sender.say(f"lines {place.general} 9000")
    until(lambda: len(sender.items("sent")) == 9000, "the sender", 60)
    follower.say("go")
    wanted = [str(number) for number in range(1, 9001)]
    until(lambda: len(follower.lines) > 9000, "every message", 60)
    until(lambda: len(follower.contents(place.general)) >= 9000, "every message", 60)
    assert follower.contents(place.general) == wanted


def test_the_example_of_the_header(chatd, place, alice, bob, tmp_path):
    example = Program("example", f"http://127.0.0.1:{chatd.port}", bob.token, cwd=tmp_path)
    try:
        until(lambda: "connected" in example.lines, "the connection")
        alice.send(place.general, "ping")
        until(lambda: "bob: pong" in example.lines, "the answer")
        assert "alice: ping" in example.lines
    finally:
        example.kill()
