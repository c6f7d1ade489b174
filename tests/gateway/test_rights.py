"""Who is told what: for every event and every role what REST shows, and nothing that it refuses.

A row says what makes an event happen and which request shows it. Each role listens on a gateway and
on a channel socket; what it hears is compared with what that request answers it.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from json import dumps
from typing import Callable, Optional

import pytest

from chatlib import REACH, Closed, Connection, Gateway, User
from chatlib.gateway import scope_of
from chatlib.http1 import request_bytes
from chatlib.people import ok
from chatlib.ws import TEXT, frame

ROLES = ("stranger", "member", "moderator", "admin", "owner", "kicked", "banned", "revoked")
# Those who were members, with their sockets open, and are it no more; a revoked session.
OUT = ("kicked", "banned", "revoked")


class Ears:
    """The two sockets of a user."""

    def __init__(self, user, place):
        self.gateway = Gateway(user)
        self.gateway.ready()
        self.sockets = {"gateway": self.gateway, "channel": user.socket(place)}
        self.take()

    def take(self):
        """What has come meanwhile, as (kind of socket, event)."""
        came = []
        for name, socket in list(self.sockets.items()):
            start = len(socket.events)
            try:
                socket.drain()
            except (Closed, OSError):
                del self.sockets[name]
            came += [(name, event) for event in socket.events[start:] if event["type"] != "pong"]
        return came

    def close(self):
        for socket in self.sockets.values():
            socket.close()


class World:
    """A place of the owner's with somebody of each role, all of whom listen."""

    def __init__(self, daemon):
        self.users = {role: User(daemon) for role in ROLES}
        self.guest = User(daemon)  # comes, is promoted, and leaves
        self.owner = self.users["owner"]
        self.author = self.users["moderator"]
        self.place = self.owner.place()
        for role in ROLES:
            if role not in ("stranger", "owner"):
                self.place.join(self.users[role], "member" if role in OUT else role)
        self.ids = {"server": self.place.id, "channel": self.place.general, "author": self.author.id,
                    "spare": self.place.channel("spare")}
        self.ears = {role: Ears(user, self.place) for role, user in self.users.items()}
        ok(self.owner.delete(f"{self.place.path}/members/{self.users['kicked'].id}"))
        ok(self.owner.put(f"{self.place.path}/bans/{self.users['banned'].id}"))
        ok(self.users["revoked"].post("/auth/logout"), 200)
        self.take()

    def take(self):
        return {role: ears.take() for role, ears in self.ears.items()}

    def close(self):
        for ears in self.ears.values():
            ears.close()


# --- what happens; each returns the event's data, or what is known of it ---

def send(world):
    sent = world.author.send(world.ids["channel"], "hello", nonce="the author's")
    world.ids["message"] = sent["id"]
    return {"content": "hello"}


def edit(world):
    ok(world.author.patch(f"/messages/{world.ids['message']}", {"content": "edited"}))
    return {"content": "edited"}


def delete(world):
    ok(world.owner.delete(f"/messages/{world.ids['message']}"))
    return {"id": world.ids["message"], "channel_id": world.ids["channel"]}


def in_channel(world, user):
    return {"user_id": user.id, "username": user.name, "channel_id": world.ids["channel"]}


def come(world):
    world.visit = world.guest.socket(world.place)
    return in_channel(world, world.guest)


def go(world):
    world.visit.close()
    return in_channel(world, world.guest)


def type_on(world):
    ok(world.author.post(f"/channels/{world.ids['channel']}/typing"))
    return in_channel(world, world.author)


def be_away(world):
    ok(world.author.patch("/users/me", {"status": "away"}))
    return {"user_id": world.author.id, "status": "away"}


def make_channel(world):
    world.ids["made"] = world.place.channel("made")
    return {"name": "made"}


def rename_channel(world):
    ok(world.owner.patch(f"/channels/{world.ids['made']}", {"name": "other", "description": "text"}))
    return {"name": "other"}


def delete_channel(world):
    ok(world.owner.delete(f"/channels/{world.ids['made']}"))
    return {"id": world.ids["made"], "server_id": world.place.id}


def change_server(world):
    ok(world.owner.patch(world.place.path, {"name": "other", "description": "text"}))
    return {"name": "other"}


def join(world):
    world.place.join(world.guest)
    return {"user_id": world.guest.id, "role": "member"}


def promote(world):
    world.place.set_role(world.guest, "moderator")
    return {"user_id": world.guest.id, "role": "moderator"}


def leave(world):
    ok(world.guest.delete(f"{world.place.path}/members/me"))
    return {"server_id": world.place.id, "user_id": world.guest.id}


def make_server(world):
    world.ids["secret"] = ok(world.author.post("/servers", {"name": "secret"}))["id"]
    return {"id": world.ids["secret"], "role": "owner"}


def delete_server(world):
    ok(world.author.delete(f"/servers/{world.ids['secret']}"))
    return {"id": world.ids["secret"], "reason": "deleted"}


def read(world):
    sent = world.owner.send(world.ids["channel"], "to be read")
    ok(world.author.put(f"/channels/{world.ids['channel']}/read", {"message_id": sent["id"]}))
    return {"channel_id": world.ids["channel"], "last_read_id": sent["id"], "unread": 0, "mentions": 0}


@dataclass
class Row:
    act: Callable
    probe: str                         # to be answered by 200 to whoever is told
    shows: Optional[Callable] = None   # what of the answer is the event's data
    to: tuple = ROLES                  # of those who may know, who is told
    on: tuple = ("gateway",)


EVERYWHERE = ("gateway", "channel")
SERVER, CHANNEL, MESSAGE = "/servers/{server}", "/channels/{channel}", "/messages/{message}"
MEMBERS = "/servers/{server}/members"


def itself(answer, _):
    return answer


def listed(answer, data):
    return next(row for row in answer if row["user_id"] == data["user_id"])


def status(answer, _):
    return {"user_id": answer["id"], "status": answer["status"]}


def but(*roles):
    return tuple(role for role in ROLES if role not in roles)


# In the order in which they happen.
ROWS = {
    "message": Row(send, MESSAGE, itself, on=EVERYWHERE),
    "message_update": Row(edit, MESSAGE, itself, on=EVERYWHERE),
    "message_delete": Row(delete, CHANNEL, on=EVERYWHERE),
    "typing": Row(type_on, CHANNEL, to=but("moderator"), on=EVERYWHERE),
    "presence": Row(be_away, "/users/{author}", status, on=EVERYWHERE),
    "member_join": Row(join, MEMBERS, listed),
    "member_update": Row(promote, MEMBERS, listed),
    "user_join": Row(come, CHANNEL, on=("channel",)),
    "user_leave": Row(go, CHANNEL, on=("channel",)),
    "member_leave": Row(leave, MEMBERS),
    "channel_create": Row(make_channel, "/channels/{made}", itself),
    "channel_update": Row(rename_channel, "/channels/{made}", itself),
    "channel_delete": Row(delete_channel, SERVER),
    "server_update": Row(change_server, SERVER, itself),
    "server_create": Row(make_server, "/servers/{secret}"),
    "server_delete": Row(delete_server, SERVER, to=("moderator",)),
    "read": Row(read, SERVER, to=("moderator",)),
}


class Outcome:
    """What each role heard of an event, and what REST answers it."""

    def __init__(self, world, kind, row):
        self.kind, self.row = kind, row
        world.take()
        self.data = row.act(world)
        self.answers = {role: user.get(row.probe.format(**world.ids)) for role, user in world.users.items()}
        self.heard = {role: [] for role in ROLES}
        deadline = time.monotonic() + 10
        while True:
            for role, came in world.take().items():
                self.heard[role] += came
            missing = [role for role in ROLES if self.may_know(role) and not self.of_kind(role)]
            if not missing or time.monotonic() > deadline:
                break

    def of_kind(self, role):
        return [(socket, event) for socket, event in self.heard[role] if event["type"] == self.kind]

    def may_know(self, role):
        if role not in self.row.to or self.answers[role].status != 200:
            return False
        if self.row.shows is status:  # who shares no server reads something else
            return status(self.answers[role].json(), None) == self.data
        return True


@pytest.fixture(scope="module")
def world(chatd):
    world = World(chatd)
    yield world
    world.close()


@pytest.fixture(scope="module")
def outcomes(world):
    return {kind: Outcome(world, kind, row) for kind, row in ROWS.items()}


def test_every_event_has_its_row():
    assert set(ROWS) == {kind for kind, reach in REACH.items() if reach != "SELF"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ROWS)
def test_what_a_role_is_told_is_what_rest_shows_it(outcomes, kind, role):
    outcome = outcomes[kind]
    if not outcome.may_know(role):
        assert outcome.of_kind(role) == []
        if role in ("stranger", *OUT):
            assert outcome.heard[role] == []
        return
    assert sorted(socket for socket, _ in outcome.of_kind(role)) == sorted(outcome.row.on)
    for _, event in outcome.of_kind(role):
        data = dict(event["data"])
        assert data.items() >= outcome.data.items()
        if outcome.row.shows:
            if kind == "message":
                assert data.pop("username") == data["user"]["username"]
            assert data == outcome.row.shows(outcome.answers[role].json(), outcome.data)


def test_answers_go_to_the_socket_that_asked(outcomes, world):
    """All events of the reach SELF, made on one socket while the others listen."""
    asker = Gateway(world.author)
    ready = asker.ready()
    asker.resume(ready["epoch"], {scope_of(world.place.id): 2**50})
    asker.expect("resync")
    asker.expect("resumed")
    asker.say("", channel_id=world.ids["channel"], nonce="refused")
    asker.expect("error")
    asker.say("hello", channel_id=world.ids["channel"], nonce="taken")
    asker.expect("ack")
    asker.drain()
    own = {kind for kind, reach in REACH.items() if reach == "SELF"}
    assert {event["type"] for event in asker.events} >= own
    for role, came in world.take().items():
        assert not own & {event["type"] for _, event in came}, role
    asker.close()


@pytest.mark.parametrize("role", ROLES)
def test_ready_is_what_rest_lists(outcomes, world, role):
    user = world.users[role]
    if role == "revoked":
        assert Gateway(user).close_code() == 4001
        return
    with Gateway(user) as socket:
        servers = socket.ready()["servers"]
    listed_here = ok(user.get("/servers"))
    assert [server["id"] for server in servers] == [server["id"] for server in listed_here]
    for server, row in zip(servers, listed_here):
        assert server.items() >= row.items()
        assert server["channels"] == ok(user.get(f"/servers/{server['id']}/channels"))
        assert server["role"] == next(m["role"] for m in ok(user.get(f"/servers/{server['id']}/members"))
                                      if m["user_id"] == user.id)


@pytest.mark.parametrize("way", ["kick", "ban", "leave", "logout", "delete"])
def test_nothing_follows_the_end(newcomer, way):
    """Of what is committed after it, however close, while messages flow."""
    owner, user = newcomer(), newcomer()
    for _ in range(5):
        place = owner.place()
        place.join(user)
        token = user.login()
        with Gateway(user, token=token) as gateway, user.socket(place, token=token) as channel, \
                Gateway(owner) as sender:
            for socket in (gateway, channel, sender):
                socket.drain()
            for n in range(20):
                sender.say(f"before {n}", channel_id=place.general)
            end_by(way, owner, user, place, token)
            for n in range(20):
                sender.say(f"after {n}", channel_id=place.general)
            sender.drain()
            assert channel.close_code() == {"logout": 4001, "delete": 4004}.get(way, 4003)
            if way == "logout":
                assert gateway.close_code() == 4001
            else:
                gateway.expect("server_delete", id=place.id)
                assert gateway.drain() == []
            for socket in (gateway, channel):
                assert not [e for e in socket.events if "after" in str(e)]


@pytest.mark.parametrize("way", ["kick", "leave"])
def test_nothing_is_taken_after_the_end(newcomer, way):
    """Not even of what comes with it, and may be of the same transaction."""
    owner, user = newcomer(), newcomer()
    for _ in range(5):
        place = owner.place()
        place.join(user)
        flood = frame(TEXT, dumps({"type": "message", "data": {
            "channel_id": place.general, "content": "flood"}}).encode()) * 50
        gone, who = (user.id, owner) if way == "kick" else ("me", user)
        request = request_bytes("DELETE", f"{place.path}/members/{gone}",
                                [("Authorization", f"Bearer {who.token}")])
        with ExitStack() as stack:
            ear, end, *mouths = [stack.enter_context(opened) for opened in (
                Gateway(owner), Connection(owner.daemon.address),
                *(Gateway(user) for _ in range(6)))]
            for mouth in mouths:
                mouth.ready()
            for mouth in mouths[:3]:
                mouth.connection.send(flood)
            end.send(request)
            for mouth in mouths[3:]:
                mouth.connection.send(flood)
            ear.expect("member_leave", user_id=user.id)
            left = len(ear.events)
            assert end.read_reply().status == 204
            last = owner.send(place.general, "behind what was under way")
            ear.expect("message", id=last["id"])
            assert len(ear.events) == left + 1


def end_by(way, owner, user, place, token):
    if way == "kick":
        ok(owner.delete(f"{place.path}/members/{user.id}"))
    elif way == "ban":
        ok(owner.put(f"{place.path}/bans/{user.id}"))
    elif way == "leave":
        ok(user.delete(f"{place.path}/members/me"))
    elif way == "delete":
        ok(owner.delete(place.path))
    else:
        with_token = user.with_token(token)
        ok(with_token.post("/auth/logout"), 200)
        with_token.close()
