"""A gateway socket that checks what holds for every one of them, and a mirror kept by its events."""

import select

from .http1 import Closed
from .patience import PATIENCE
from .people import ok
from .ws import Socket

LASTING = {"message", "message_update", "message_delete", "channel_create", "channel_update",
           "channel_delete", "server_update", "member_join", "member_update", "member_leave"}


def scope_of(server):
    return f"s{server}"


class Gateway(Socket):
    """A socket of /gateway. Per scope the revs ascend, and there is no event of a scope that is not
    the user's. hold: asks with ?resume=1 for the lasting events to wait for the resume frame."""

    def __init__(self, user, hold=False, token=None, headers=(), query=True, **how):
        token = token or user.token
        arguments = ([f"token={token}"] if query else []) + (["resume=1"] if hold else [])
        path = "/gateway" + ("?" + "&".join(arguments) if arguments else "")
        super().__init__(user.daemon.address, path, headers, **how)
        self.user = user
        self.hold = hold        # nothing lasting may come before the resume frame was sent
        self.unordered = False  # between a resume frame that was not held for, and its end
        self.revs = None        # scope -> rev, from `ready` on
        self.named = set()      # scopes of the resume frame; of those that are gone it is told again
        self.awaited = set()    # nonces of frames that are not answered yet
        self.on_event = None

    def recv(self, seconds=PATIENCE):
        event = super().recv(seconds)
        if event["type"] != "(protocol pong)":
            self._check(event)
            if self.on_event:
                self.on_event(event)
        return event

    def ready(self):
        return self.expect("ready")

    def resume(self, epoch, revs):
        self.unordered = not self.hold
        self.hold = False
        self.send({"type": "resume", "data": {"epoch": epoch, "revs": revs}})
        for scope, rev in revs.items():
            if scope in self.revs:
                self.revs[scope] = rev
            self.named.add(scope)

    def say(self, content, **data):
        if data.get("nonce"):
            self.awaited.add(data["nonce"])
        super().say(content, **data)

    def pump(self):
        """Takes what has come, without waiting for more."""
        while self._has_frame() or select.select([self.connection.sock], [], [], 0)[0]:
            self.recv()

    def _has_frame(self):
        need = self._frame_length(self.connection.buffer)
        return need is not None and len(self.connection.buffer) >= need

    def _check(self, event):
        kind, data, scope = event["type"], event.get("data") or {}, event.get("scope")
        if self.revs is None:
            assert kind == "ready", f"{kind} before ready"
            self.revs = {scope_of(s["id"]): s["rev"] for s in data["servers"]}
            return
        assert kind != "ready", "ready twice"
        assert ("rev" in event) == ("scope" in event), event
        if kind in LASTING:
            assert not self.hold, f"not held: {event}"
            assert scope in self.revs, f"not the user's: {event}"
            assert self.unordered or event["rev"] > self.revs[scope], (event, self.revs[scope])
            self.revs[scope] = max(event["rev"], self.revs[scope])
        elif kind == "server_create":
            assert scope == scope_of(data["id"]) and scope not in self.revs, event
            assert event["rev"] == data["rev"], event
            self.revs[scope] = event["rev"]
        elif kind == "server_delete":
            named = data["reason"] == "gone" and scope_of(data["id"]) in self.named
            assert named or scope_of(data["id"]) in self.revs, f"not the user's: {event}"
            self.revs.pop(scope_of(data["id"]), None)
        elif kind == "resync":
            self.revs[data["scope"]] = 0  # loaded anew, it goes on from anywhere
        elif kind == "resumed":
            self.unordered = False
            assert set(data["revs"]) == set(self.revs), (event, self.revs)
            for named, rev in data["revs"].items():
                assert rev >= self.revs[named], (event, self.revs)
                self.revs[named] = rev
        if kind in ("ack", "error"):
            self.awaited.discard(data.get("nonce"))
        if kind == "message":
            assert data.get("nonce") not in self.awaited, f"before its ack: {event}"
            assert "nonce" not in data or data["user_id"] == self.user.id, event


class Scope:
    """One server as a client knows it."""

    def __init__(self, server, rev):
        self.server = {name: server[name] for name in
                       ("id", "name", "description", "owner_id", "created_at")}
        self.channels = {c["id"]: c for c in server.get("channels", [])}
        self.members = {}
        self.messages = {}
        self.rev = rev
        self.loaded = False

    def load(self, user):
        """Takes over the state by REST. Where that is refused the user is out by now: an event will say
        so, unless the socket is lost before; then it is new to the next one."""
        path = f"/servers/{self.server['id']}"
        replies = [user.get(path), user.get(path + "/channels"), user.get(path + "/members")]
        self.loaded = all(reply.status not in (403, 404) for reply in replies)
        if not self.loaded:
            return self
        server, channels, members = map(ok, replies)
        self.server = server
        self.channels = {c["id"]: c for c in channels}
        self.members = {m["user_id"]: m for m in members}
        self.messages = {}
        for channel in self.channels:
            self.messages.update(load_messages(user, channel))
        return self

    def copy(self):
        copy = Scope(self.server, self.rev)
        copy.loaded = self.loaded
        copy.channels = dict(self.channels)
        copy.members = dict(self.members)
        copy.messages = {number: dict(message) for number, message in self.messages.items()}
        return copy

    def apply(self, kind, data):
        if kind == "message":
            data = {name: value for name, value in data.items() if name != "username"}
        if kind in ("message", "message_update"):
            self.messages[data["id"]] = data
        elif kind == "message_delete":
            self.messages.pop(data["id"], None)
        elif kind in ("channel_create", "channel_update"):
            self.channels[data["id"]] = data
        elif kind == "channel_delete":
            self.channels.pop(data["id"], None)
            self.messages = {i: m for i, m in self.messages.items() if m["channel_id"] != data["id"]}
        elif kind == "server_update":
            self.server = data
        elif kind == "member_leave":
            self.members.pop(data["user_id"], None)
        else:
            self.members[data["user_id"]] = data
            for message in self.messages.values():
                if message["user_id"] == data["user_id"]:
                    message["user"] = data["user"]

    def state(self):
        """What can be compared: no statuses, which have no rev; of who is no member nobody tells
        the new name; a channel's newest message is told by the messages."""
        newest = {}
        for message in self.messages.values():
            channel = message["channel_id"]
            newest[channel] = max(newest.get(channel, 0), message["id"])
        return {
            "server": self.server,
            "channels": [{**c, "last_message_id": newest.get(i)}
                         for i, c in sorted(self.channels.items())],
            "members": [{**m, "user": {**m["user"], "status": None}}
                        for _, m in sorted(self.members.items())],
            "messages": [{**m, "user": m["user"]["username"] if m["user_id"] in self.members else None}
                         for _, m in sorted(self.messages.items())],
        }


def load_messages(user, channel):
    """All of a channel's, by id: the newest page, then what is before it."""
    found, cursor = {}, {}
    while True:
        reply = user.get(f"/channels/{channel}/messages", query={"limit": 100, **cursor})
        if reply.status in (403, 404):
            return {}
        page = ok(reply)
        found.update((m["id"], m) for m in page)
        if len(page) < 100:
            return found
        cursor = {"before": page[0]["id"]}


UNREAD_MAX = 100


class Mirror:
    """A client's copy of all that its user sees: loaded once, then kept by events alone."""

    def __init__(self, user):
        self.user = user
        self.rest = user.with_token(user.token)  # a connection of its own
        self.gateway = None
        self.scopes = None  # scope -> Scope; None: to be loaded when connected
        self.reads = {}     # channel -> the newest message that was read, or 0
        self.epoch = None

    def connect(self, resume=True, hold=True, meanwhile=None):
        """Opens a socket. It goes on where it was, unless it never was or is told not to. What is done
        meanwhile happens between the ready frame and the resume."""
        resume = resume and self.scopes is not None
        self.gateway = Gateway(self.user, hold=resume and hold)
        assert self.gateway.status == 101, self.gateway.reply
        ready = self.gateway.ready()
        self.epoch = ready["epoch"]
        self.reads = {unread["channel_id"]: unread["last_read_id"] or 0 for unread in ready["unread"]}
        known = {name: scope for name, scope in self.scopes.items() if scope.loaded} if resume else {}
        self.scopes = None  # until all is loaded
        scopes = dict(known)
        for server in ready["servers"]:
            if scope_of(server["id"]) not in scopes:
                scopes[scope_of(server["id"])] = Scope(server, server["rev"]).load(self.rest)
        self.scopes = scopes
        if meanwhile:
            meanwhile()
        if resume:
            if not hold:
                # It drops the changes that have come, so it names what is new to it as well.
                known = scopes
                self.gateway.on_event = self.take_unordered
                self.gateway.pump()
            self.gateway.on_event = self.take
            self.gateway.resume(self.epoch, {name: s.rev for name, s in known.items()})
        self.gateway.on_event = self.take

    def drop(self):
        if self.gateway:
            self.gateway.close()
        self.gateway = None

    def forget(self):
        self.drop()
        self.scopes = None

    def pump(self):
        self.gateway.pump()

    def take_unordered(self, event):
        """What no resume repeats."""
        kind, data = event["type"], event.get("data")
        if kind == "server_create":
            self.scopes[event["scope"]] = Scope(data, event["rev"]).load(self.rest)
            # On joining all that is there counts as read.
            self.reads |= {c["id"]: c["last_message_id"] or 0 for c in data["channels"]}
        elif kind == "server_delete":
            self.scopes.pop(scope_of(data["id"]), None)
        elif kind == "read":
            self.reads[data["channel_id"]] = data["last_read_id"] or 0

    def take(self, event):
        kind, data, scope = event["type"], event.get("data"), event.get("scope")
        self.take_unordered(event)
        if kind in LASTING:
            self.scopes[scope].apply(kind, data)
            # While a resume is under way without hold the revs are not in order.
            if not self.gateway.unordered:
                self.scopes[scope].rev = event["rev"]
        elif kind == "resync":
            self.scopes[data["scope"]].load(self.rest)
        elif kind == "resumed":
            for name, rev in data["revs"].items():
                self.scopes[name].rev = rev

    def server_revs(self):
        """The revs of a fresh `ready` of the user."""
        with Gateway(self.user) as fresh:
            return {scope_of(s["id"]): s["rev"] for s in fresh.ready()["servers"]}

    def catch_up(self, seconds=PATIENCE):
        """Waits until it has all that chatd has."""
        wanted = self.server_revs()
        while self.revs() != wanted or self.gateway.unordered or self.gateway.awaited:
            try:
                self.gateway.recv(seconds)
            except TimeoutError:
                raise AssertionError(f"has {self.revs()}, wants {wanted}") from None
            except Closed:
                raise AssertionError(f"closed with {self.gateway.code}") from None
            if any(rev > wanted.get(scope, 0) for scope, rev in self.revs().items()):
                wanted = self.server_revs()

    def revs(self):
        return {scope: known.rev for scope, known in self.scopes.items()}

    def check(self):
        """Catches up and compares with REST, at a moment when nothing changes: a frame of a socket
        that is closed may still be on its way."""
        while True:
            self.catch_up()
            self.gateway.drain()  # what has no rev
            unread = ok(self.rest.get("/users/me/unread"))
            servers = ok(self.rest.get("/servers"))
            truth = {scope_of(s["id"]): Scope(s, None).load(self.rest) for s in servers}
            if self.server_revs() == self.revs():
                break
        assert set(self.scopes) == set(truth)
        for name, scope in self.scopes.items():
            mine, theirs = scope.state(), truth[name].state()
            for part, value in theirs.items():
                assert mine[part] == value, \
                    f"{part} of {name} for {self.user.name}: {differences(mine[part], value)}"
        assert self.unread() == {u["channel_id"]: [u["last_read_id"] or 0, u["unread"], u.get("more", False)]
                                 for u in unread}, f"unread of {self.user.name}"

    def unread(self):
        """How far each channel was read, how many messages of others are among the first 100 above that,
        and whether there are more."""
        above = {channel: [] for scope in self.scopes.values() for channel in scope.channels}
        for scope in self.scopes.values():
            for message in scope.messages.values():
                if message["id"] > self.reads.get(message["channel_id"], 0):
                    above[message["channel_id"]].append((message["id"], message["user_id"]))
        return {channel: [self.reads.get(channel, 0),
                          sum(author != self.user.id for _, author in sorted(found)[:UNREAD_MAX]),
                          len(found) > UNREAD_MAX] for channel, found in above.items()}


def differences(mine, theirs):
    if isinstance(mine, dict):
        return f"{mine} is not {theirs}"
    return f"only here {[x for x in mine if x not in theirs]}," \
        f" only by REST {[x for x in theirs if x not in mine]}"
