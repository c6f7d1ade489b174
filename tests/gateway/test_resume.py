"""What a client that was away is told when it resumes: everything once, in order, and nothing else."""

import sqlite3
import threading

import pytest

from chatlib import Client, Daemon, Gateway, Mirror, User
from chatlib.gateway import LASTING, scope_of
from chatlib.people import ok

REPLAY_MAX = 10000


class Away:
    """A device of a user, and where it was when it left."""

    def __init__(self, user):
        self.user = user
        with Gateway(user) as socket:
            ready = socket.ready()
        self.epoch = ready["epoch"]
        self.revs = {scope_of(server["id"]): server["rev"] for server in ready["servers"]}

    def resume(self, revs=None, epoch=None, hold=True):
        """Comes back; everything up to `resumed`, without it."""
        with Gateway(self.user, hold=hold) as socket:
            socket.ready()
            socket.resume(epoch or self.epoch, self.revs if revs is None else revs)
            socket.expect("resumed")
            return [e for e in socket.events[1:-1] if e["type"] in LASTING
                    or e["type"] in ("server_delete", "server_create", "resync")]


def kinds(events, *members):
    """Each event as its type and these members of its data."""
    return [(e["type"], *(e["data"].get(name) for name in members)) for e in events]


def test_nothing_happened(bob, shared):
    assert Away(bob).resume() == []


def test_every_change_once_in_its_newest_state(alice, bob, carol, dave, shared):
    old, doomed = alice.send(shared.general, "old"), alice.send(shared.general, "doomed")
    channel, lost = shared.channel("channel"), shared.channel("lost")
    away = Away(bob)
    ok(alice.patch(f"/messages/{old['id']}", {"content": "edited"}))
    ok(alice.patch(f"/messages/{old['id']}", {"content": "edited again"}))
    ok(alice.delete(f"/messages/{doomed['id']}"))
    new = alice.send(shared.general, "new", nonce="n")
    ok(alice.patch(f"/messages/{new['id']}", {"content": "new and edited"}))
    brief = alice.send(shared.general, "brief")
    ok(alice.delete(f"/messages/{brief['id']}"))
    ok(alice.patch(f"/channels/{channel}", {"name": "renamed"}))
    made = shared.channel("made")
    ok(alice.delete(f"/channels/{lost}"))
    ok(alice.patch(shared.path, {"name": "another"}))
    shared.join(dave)
    shared.set_role(carol, "moderator")
    ok(dave.delete(f"{shared.path}/members/me"))
    events = away.resume()
    assert kinds(events, "id", "content", "name", "role", "user_id") == [
        ("message_update", old["id"], "edited again", None, None, alice.id),
        ("message_delete", doomed["id"], None, None, None, None),
        ("message", new["id"], "new and edited", None, None, alice.id),
        ("message_delete", brief["id"], None, None, None, None),
        ("channel_update", channel, None, "renamed", None, None),
        ("channel_create", made, None, "made", None, None),
        ("channel_delete", lost, None, None, None, None),
        ("server_update", shared.id, None, "another", None, None),
        ("member_update", events[8]["data"]["id"], None, None, "moderator", carol.id),
        ("member_leave", None, None, None, None, dave.id),
    ]
    assert all("nonce" not in event["data"] for event in events)
    revs = [event["rev"] for event in events]
    assert revs == sorted(set(revs)) and {event["scope"] for event in events} == {scope_of(shared.id)}


def test_the_author_is_told_its_nonces(alice, shared):
    away = Away(alice)
    alice.send(shared.general, "mine", nonce="n")
    assert kinds(away.resume(), "nonce") == [("message", "n")]


def test_messages_of_a_deleted_channel_are_not_replayed(alice, bob, shared):
    channel = shared.channel()
    alice.send(channel, "before")
    away = Away(bob)
    for n in range(3):
        alice.send(channel, str(n))
    ok(alice.delete(f"/channels/{channel}"))
    assert kinds(away.resume(), "id") == [("channel_delete", channel)]


@pytest.mark.parametrize("way", ["kick", "ban", "leave", "delete", "never", "nowhere"])
def test_who_is_out_learns_it(alice, bob, mallory, way):
    place = alice.place()
    place.join(bob)
    away = Away(mallory if way == "never" else bob)
    revs = {scope_of(place.id): 1} if way == "never" else away.revs
    if way == "kick":
        ok(alice.delete(f"{place.path}/members/{bob.id}"))
    elif way == "ban":
        ok(alice.put(f"{place.path}/bans/{bob.id}"))
    elif way == "leave":
        ok(bob.delete(f"{place.path}/members/me"))
    elif way == "delete":
        place.delete()
    elif way == "nowhere":
        revs = {scope_of(2**53 - 1): 1}
    if way != "delete":
        alice.send(place.general, "secret")
    events = [e for e in away.resume(revs) if e["type"] == "server_delete"]
    gone = 2**53 - 1 if way == "nowhere" else place.id
    assert kinds(events, "id", "reason") == [("server_delete", gone, "gone")]
    place.delete()


def test_who_left_and_came_back_is_told_all(alice, bob, shared):
    away = Away(bob)
    ok(bob.delete(f"{shared.path}/members/me"))
    sent = alice.send(shared.general, "meanwhile")
    shared.join(bob)
    members = {member["user_id"]: member["id"] for member in ok(bob.get(f"{shared.path}/members"))}
    assert kinds(away.resume(), "id", "user_id") == [
        ("message", sent["id"], alice.id), ("member_join", members[bob.id], bob.id)]


def test_a_new_server_is_in_ready_and_needs_no_replay(alice, bob, shared):
    away = Away(bob)
    other = alice.place()
    other.join(bob)
    alice.send(other.general, "hello")
    assert away.resume() == []
    other.delete()


def test_a_rename_is_a_member_update_in_each_server(alice, bob, newcomer):
    user = newcomer()
    places = [alice.place(), alice.place()]
    for place in places:
        place.join(bob)
        place.join(user)
    scopes = sorted(scope_of(place.id) for place in places)
    away = Away(bob)
    with Gateway(bob) as live:
        live.ready()
        ok(user.patch("/users/me", {"username": user.name + "2"}))
        told = [live.expect("member_update", user_id=user.id) for _ in places]
        assert sorted(e["scope"] for e in live.events if e["type"] == "member_update") == scopes
    replayed = away.resume()
    assert sorted(e["scope"] for e in replayed) == scopes
    assert {e["type"] for e in replayed} == {"member_update"}
    assert {m["user"]["username"] for m in told + [e["data"] for e in replayed]} == {user.name + "2"}
    for place in places:
        place.delete()


# --- what cannot be replayed ---

def test_another_epoch_and_the_future_are_a_resync(alice, bob, shared):
    away = Away(bob)
    scope = scope_of(shared.id)
    alice.send(shared.general, "hello")
    resync = [{"type": "resync", "data": {"scope": scope}}]
    assert away.resume({scope: away.revs[scope]}, epoch="another") == resync
    assert away.resume({scope: away.revs[scope] + 2}) == resync
    assert away.resume({scope: away.revs[scope] + 1}) == []
    assert kinds(away.resume({scope: away.revs[scope]})) == [("message",)]


def test_a_resync_goes_on_from_the_ready_frame(alice, bob, shared):
    scope = scope_of(shared.id)
    with Gateway(bob, hold=True) as socket:
        socket.ready()
        held = alice.send(shared.general, "while it is held")
        socket.resume("another", {scope: 1})
        assert socket.expect("resync") == {"scope": scope}
        assert socket.expect("message")["id"] == held["id"]


def test_too_far_behind_is_a_resync(tmp_path):
    """Of as many changes as the limit allows nothing is left out; of one more, all is."""
    with Daemon(tmp_path) as daemon:
        alice = User(daemon)
        place, other = alice.place(), alice.place()
        away = Away(alice)
        daemon.stop()
        with sqlite3.connect(tmp_path / "chat.db") as database:
            database.execute("UPDATE servers SET rev = rev + ? WHERE id = ?", (REPLAY_MAX - 1, place.id))
            database.execute("UPDATE servers SET rev = rev + ? WHERE id = ?", (REPLAY_MAX, other.id))
        database.close()
        daemon.start()
        alice.close()
        for room in (place, other):
            alice.send(room.general, "hello")
        events = away.resume()
        assert [(e["type"], e.get("scope") or e["data"]["scope"]) for e in events] == [
            ("resync", scope_of(other.id)), ("message", scope_of(place.id))]


# --- the resume frame itself ---

def test_what_is_held_comes_after_the_resume(alice, bob, shared):
    away = Away(bob)
    sent = [alice.send(shared.general, "before")["id"]]
    with Gateway(bob, hold=True) as socket:
        socket.ready()
        for n in range(5):
            sent.append(alice.send(shared.general, f"held {n}")["id"])
        assert socket.drain("message") == []
        socket.resume(away.epoch, away.revs)
        assert [socket.expect("message")["id"] for _ in sent] == sent
        socket.expect("resumed")
        live = alice.send(shared.general, "live")
        assert socket.expect("message")["id"] == live["id"]
        assert len([e for e in socket.events if e["type"] == "message"]) == len(sent) + 1


def unread(user, channel):
    return next(row for row in ok(user.get("/users/me/unread")) if row["channel_id"] == channel)


def test_counts_are_exact_though_another_device_reads_meanwhile(alice, bob, shared):
    """What is read while changes are held counts messages that are still to come, so it follows them."""
    sent = [alice.send(shared.general, f"@bob {n}")["id"] for n in range(3)]
    away = Away(bob)
    with Gateway(bob, hold=True) as socket:
        counts = next(u for u in socket.ready()["unread"] if u["channel_id"] == shared.general)
        assert (counts["unread"], counts["mentions"]) == (3, 3)
        sent.append(alice.send(shared.general, "@bob")["id"])
        ok(bob.put(f"/channels/{shared.general}/read", {"message_id": sent[1]}))
        sent.append(alice.send(shared.general, "no mention")["id"])
        assert socket.drain("read") == []
        socket.resume(away.epoch, away.revs)
        assert [socket.expect("message")["id"] for _ in range(2)] == sent[3:]
        read = socket.expect("read", channel_id=shared.general)
        assert (read["last_read_id"], read["unread"], read["mentions"]) == (sent[1], 3, 2)
        assert read.items() <= unread(bob, shared.general).items()
        socket.expect("resumed")
        ok(bob.put(f"/channels/{shared.general}/read", {"message_id": sent[4]}))
        assert socket.expect("read")["unread"] == 0


def test_counts_after_kill_9(tmp_path):
    with Daemon(tmp_path) as daemon:
        alice, bob = User(daemon), User(daemon)
        place = alice.place()
        place.join(bob)
        sent = [alice.send(place.general, f"@{bob.name} {n}")["id"] for n in range(5)]
        ok(bob.put(f"/channels/{place.general}/read", {"message_id": sent[1]}))
        ok(alice.delete(f"/messages/{sent[4]}"))
        ok(alice.patch(f"/messages/{sent[3]}", {"content": "nobody now"}))
        daemon.kill()
        daemon.start()
        bob.close()
        with Gateway(bob) as first, Gateway(bob) as second:
            ready = [socket.ready()["unread"] for socket in (first, second)]
        assert ready == 2 * [[{"channel_id": place.general, "server_id": place.id, "last_read_id": sent[1],
                               "unread": 2, "mentions": 1}]]
        assert ok(bob.get("/users/me/unread")) == ready[0]


def test_a_resume_before_ready(alice, bob, shared):
    away = Away(bob)
    sent = [alice.send(shared.general, str(n))["id"] for n in range(3)]
    with Gateway(bob, hold=True) as socket:
        socket.revs = {}  # what it names is known
        socket.resume(away.epoch, away.revs)
        socket.revs = None
        socket.ready()
        socket.revs |= away.revs
        assert [socket.expect("message")["id"] for _ in sent] == sent
        socket.expect("resumed")


def test_without_hold_it_may_come_twice_but_not_less(alice, bob, shared):
    away = Away(bob)
    sent = [alice.send(shared.general, "before")["id"]]
    with Gateway(bob) as socket:
        socket.ready()
        sent.append(alice.send(shared.general, "live")["id"])
        socket.expect("message", id=sent[-1])
        socket.resume(away.epoch, away.revs)
        socket.expect("resumed")
        messages = [e["data"]["id"] for e in socket.events if e["type"] == "message"]
        assert messages == [sent[-1], *sent]


@pytest.mark.slow
def test_who_does_not_resume_is_held_for_no_longer_than_10_s(alice, bob, shared):
    with Gateway(bob, hold=True) as socket:
        socket.ready()
        sent = alice.send(shared.general, "held")
        assert socket.drain("message") == []
        socket.hold = False
        assert socket.expect("message", 15)["id"] == sent["id"]
        socket.send({"type": "resume", "data": {"epoch": "x", "revs": {}}})
        assert socket.expect("error")["code"] == "bad_frame"


# --- long ones ---

@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A chatd of its own with a long history."""
    with Daemon(tmp_path_factory.mktemp("busy")) as daemon:
        alice, bob = User(daemon), User(daemon)
        place = alice.place()
        place.join(bob)
        away = Mirror(bob)
        away.connect()
        away.check()
        away.drop()
        with Gateway(alice) as sender:
            sender.ready()
            for n in range(3000):
                sender.say(str(n), channel_id=place.general, nonce=str(n))
            for n in range(3000):
                sender.expect("ack", nonce=str(n))
        yield place, bob, away


def changes(place, seconds_done):
    """Sends, edits and deletes until it is told to stop."""
    client = Client(place.owner.daemon, place.owner.token)
    path = f"/channels/{place.general}/messages"
    history = [m["id"] for m in ok(client.get(path, query={"limit": 100}))]
    while not seconds_done.is_set():
        history.append(ok(client.post(path, {"content": "more"}))["id"])
        ok(client.patch(f"/messages/{history[-50]}", {"content": "edited"}))
        ok(client.delete(f"/messages/{history.pop(0)}"))
    client.close()


@pytest.mark.parametrize("hold", [True, False], ids=["held", "not held"])
def test_a_replay_of_many_pages_while_rows_change(busy, hold):
    place, bob, away = busy
    copy = Mirror(bob)
    copy.scopes = {name: scope.copy() for name, scope in away.scopes.items()}
    done = threading.Event()
    writer = threading.Thread(target=changes, args=(place, done))
    writer.start()
    try:
        copy.connect(hold=hold)
        copy.gateway.expect("resumed", 30)
        for _ in range(20):
            copy.gateway.expect("message")
    finally:
        done.set()
        writer.join()
    copy.check()
    assert len([e for e in copy.gateway.events if e["type"] == "message"]) > 2500
    copy.drop()


def test_a_replay_holds_up_nobody(busy):
    """While one who does not read is sent a long replay, others are answered at once."""
    place, bob, away = busy
    with Gateway(bob, hold=True, receive_buffer=4096) as stuck, Gateway(place.owner) as other:
        stuck.ready()
        stuck.resume(away.epoch, {name: scope.rev for name, scope in away.scopes.items()})
        other.ready()
        for n in range(50):
            other.say("quick", channel_id=place.general, nonce=f"quick {n}")
            other.expect("ack", nonce=f"quick {n}")
        stuck.expect("resumed", 30)
        quick = ok(bob.get(f"/channels/{place.general}/messages", query={"limit": 50}))
        heard = [e["data"]["id"] for e in stuck.events if e["type"] == "message"]
        while heard[-1] != quick[-1]["id"]:
            heard.append(stuck.expect("message")["id"])
        assert heard[-50:] == [message["id"] for message in quick]
