"""The model test: whatever happens to servers, sockets and chatd itself, a mirror that applies
events alone comes to equal what REST reads.

A seed decides what is tried; SEEDS says how many seeds run, and --seed N replays one."""

import random
from json import dumps

import pytest

from chatlib import Closed, Connection, Daemon, Mirror, User
from chatlib.http1 import request_bytes
from chatlib.people import ok

PEOPLE = 5
STEPS = 30
SEEDS_PER_CHATD = 60
ROLES = ("member", "moderator", "admin", "owner")


class Request:
    """A request under way."""

    def __init__(self, user, method, path, body, then):
        self.user, self.then = user, then
        head = [("Authorization", f"Bearer {user.token}"), ("Content-Type", "application/json")]
        self.bytes = request_bytes(method, path, head, dumps(body or {}).encode())


class World:
    """Five people, their servers, and the mirrors of their devices."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.users = [User(daemon, f"person{n}") for n in range(PEOPLE)]
        # Two devices of the first, one of each other.
        self.mirrors = [Mirror(user) for user in (self.users[0], *self.users)]
        self.names = 0

    def begin(self, seed):
        self.rng = random.Random(seed)
        self.seed = seed
        self.servers, self.channels, self.messages, self.invites = [], [], [], []
        self.pending = {}  # user -> Request
        self.nonces = 0
        for owner in self.users[:2]:
            self.make_server(owner)
        self.collect()
        for server in self.servers:
            self.make_invite(self.owner_of(server), server)
        self.collect()
        for user in self.users[1:4]:
            self.request(user, "POST", f"/invites/{self.invites[0][0]}")
        self.collect()
        for mirror in self.mirrors[:4]:
            mirror.connect()

    def owner_of(self, server):
        return self.users[self.servers.index(server)]

    # --- requests ---

    def request(self, user, method, path, body=None, then=None):
        """Sends it and does not wait; one of each user's is under way at most."""
        if user in self.pending:
            self.answer(user)
        if user.connection and user.connection.ended():
            user.close()
        if not user.connection:
            user.connection = Connection(self.daemon.address)
        request = self.pending[user] = Request(user, method, path, body, then)
        user.connection.send(request.bytes)

    def answer(self, user):
        request = self.pending.pop(user)
        try:
            reply = user.connection.read_reply()
        except Closed:
            user.close()
            return
        assert reply.status < 500, reply
        if reply.status < 300 and request.then:
            request.then(reply.json())

    def collect(self):
        for user in list(self.pending):
            self.answer(user)

    # --- what people do ---

    def name(self, word):
        self.names += 1
        return f"{word}{self.names}"

    def make_server(self, user):
        def made(server):
            self.servers.append(server["id"])
            self.channels += [(c["id"], server["id"]) for c in
                              ok(user.get(f"/servers/{server['id']}/channels"))]
        self.request(user, "POST", "/servers", {"name": self.name("server")}, made)

    def make_invite(self, user, server):
        self.request(user, "POST", f"/servers/{server}/invites", None,
                     lambda invite: self.invites.append((invite["code"], server)))

    def act(self):
        """One thing that somebody tries; chatd may refuse it."""
        rng, user = self.rng, self.rng.choice(self.users)
        other = rng.choice(self.users)
        server = rng.choice(self.servers)
        channel = rng.choice(self.channels)[0]
        message = rng.choice(self.messages[-12:]) if self.messages else None
        invite = rng.choice(self.invites)[0] if self.invites else None
        place, member = f"/servers/{server}", f"/servers/{server}/members/{other.id}"
        owner = self.owner_of(server)
        kind = rng.choices(("send", "edit", "delete", "join", "rejoin", "leave", "kick", "ban",
                            "unban", "role", "channel", "rename channel", "delete channel",
                            "settings", "rename", "read", "frame", "flood"),
                           (30, 10, 8, 8, 8, 4, 4, 2, 3, 8, 4, 4, 2, 3, 3, 10, 10, 2))[0]
        if kind == "send":
            self.request(user, "POST", f"/channels/{channel}/messages", {
                "content": self.name("text @person1 "), "nonce": self.name("n")},
                lambda m: self.messages.append((m["id"], user, m["channel_id"])))
        elif kind == "edit" and message:
            self.request(message[1], "PATCH", f"/messages/{message[0]}",
                         {"content": self.name("edited")})
        elif kind == "delete" and message:
            self.request(rng.choice((message[1], owner)), "DELETE", f"/messages/{message[0]}")
        elif kind == "join" and invite:
            self.request(user, "POST", f"/invites/{invite}")
        elif kind == "rejoin":
            self.make_invite(owner, server)
        elif kind == "leave":
            self.request(user, "DELETE", f"{place}/members/me")
        elif kind == "kick":
            self.request(owner, "DELETE", member)
        elif kind == "ban":
            self.request(owner, "PUT", f"{place}/bans/{other.id}")
        elif kind == "unban":
            self.request(owner, "DELETE", f"{place}/bans/{other.id}")
        elif kind == "role":
            # Handing it over makes another one the owner.
            role = rng.choices(ROLES, (3, 3, 3, 1))[0]
            self.request(owner, "PATCH", member, {"role": role})
        elif kind == "channel":
            self.request(owner, "POST", f"{place}/channels", {"name": self.name("channel")},
                         lambda c: self.channels.append((c["id"], server)))
        elif kind == "rename channel":
            self.request(owner, "PATCH", f"/channels/{channel}", {
                "name": self.name("channel"), "description": self.name("about")})
        elif kind == "delete channel" and len(self.channels) > 2:
            self.request(owner, "DELETE", f"/channels/{channel}")
        elif kind == "settings":
            self.request(owner, "PATCH", place, {"name": self.name("server"), "description": "x"})
        elif kind == "rename":
            self.request(user, "PATCH", "/users/me", {"username": self.name("person")})
        elif kind == "read" and message:
            self.request(user, "PUT", f"/channels/{message[2]}/read", {"message_id": message[0]})
        elif kind == "frame":
            self.send_frame(channel)
        elif kind == "flood":
            # So much that counts of what is unread meet their bound.
            for _ in range(60):
                self.request(user, "POST", f"/channels/{channel}/messages",
                             {"content": self.name("flood")})

    def send_frame(self, channel):
        """A message through a device's gateway; its ack must come before its event."""
        mirror = self.rng.choice(self.mirrors)
        if mirror.gateway:
            mirror.gateway.say(self.name("frame"), channel_id=channel, nonce=self.name("n"))

    # --- what happens to devices ---

    def reconnect(self):
        mirror = self.rng.choice(self.mirrors)
        if mirror.gateway and self.rng.random() < 0.5:
            mirror.pump()  # else what has come is lost with the socket
        mirror.drop()
        how = self.rng.random()
        if how < 0.25:
            return  # stays away for now
        mirror.connect(resume=how < 0.9, hold=how < 0.7, meanwhile=self.rng.choice((None, self.bustle)))

    def bustle(self):
        for _ in range(self.rng.randint(1, 8)):
            self.act()
        if self.rng.random() < 0.7:
            self.collect()

    def pump(self):
        mirror = self.rng.choice(self.mirrors)
        if mirror.gateway:
            mirror.pump()

    def kill(self):
        """kill -9, with requests and events under way."""
        self.daemon.kill()
        for mirror in self.mirrors:
            if mirror.gateway and self.rng.random() < 0.5:
                self.drain_dead(mirror)
            mirror.drop()
        self.collect()
        for user in self.users:
            user.close()
        self.daemon.start()

    @staticmethod
    def drain_dead(mirror):
        """What chatd had sent counts, even if it died right after. A device that would have to
        load something begins anew."""
        try:
            mirror.pump()
        except Closed:
            pass
        except ConnectionRefusedError:
            mirror.forget()

    def pause(self):
        self.collect()
        for mirror in self.mirrors:
            if not mirror.gateway:
                mirror.connect(resume=self.rng.random() < 0.9, hold=self.rng.random() < 0.7)
        for mirror in self.mirrors:
            mirror.check()

    # --- a seed ---

    def step(self):
        what = self.rng.random()
        if what < 0.60:
            self.bustle()
        elif what < 0.80:
            self.reconnect()
        elif what < 0.93:
            self.pump()
        elif what < 0.98:
            self.pause()
        else:
            self.kill()

    def run(self, seed):
        self.begin(seed)
        for _ in range(STEPS):
            self.step()
        self.pause()
        self.end()

    def end(self):
        """Deletes the servers, which every device hears of."""
        for server in self.servers:
            for user in self.users:
                user.delete(f"/servers/{server}")
        for mirror in self.mirrors:
            mirror.check()
            assert mirror.scopes == {}
            mirror.forget()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Gives each seed a world; a new chatd after every SEEDS_PER_CHATD, or a failure."""
    current = []

    def close():
        while current:
            current.pop().daemon.stop()

    def give(fresh):
        if fresh:
            close()
        if not current:
            current.append(World(Daemon(tmp_path_factory.mktemp("chatd")).start()))
        return current[0]
    give.close = close
    yield give
    close()


def test_a_mirror_equals_rest(worlds, seed):
    world = worlds(seed % SEEDS_PER_CHATD == 0)
    try:
        world.run(seed)
    except BaseException:
        print(f"replay with --seed {seed}")
        worlds.close()
        raise
