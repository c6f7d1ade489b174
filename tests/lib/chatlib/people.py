"""People who use chatd, and the places where they meet."""

import base64
import hashlib
import hmac
import itertools
import time
import urllib.parse
from json import dumps

from .daemon import SECRET
from .http1 import Connection, request_bytes
from .recorder import recorder
from .ws import Socket

_numbers = itertools.count(1)
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def now():
    return int(time.time())


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims, key=SECRET, alg="HS256", header=None):
    """A token made by hand."""
    head = {"alg": alg, "typ": "JWT"} if header is None else header
    signed = ".".join(_base64url(dumps(part).encode()) for part in (head, claims))
    if alg not in _HASHES:
        return signed + "."
    mac = hmac.new(key.encode(), signed.encode(), _HASHES[alg]).digest()
    return f"{signed}.{_base64url(mac)}"


class Client:
    """Requests on one keep-alive connection; each reply is checked and recorded."""

    def __init__(self, daemon, token=None, source=None):
        self.daemon = daemon
        self.token = token
        self.source = source
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, path, json=None, form=None, body=None, headers=(), query=None):
        headers = list(headers)
        if json is not None:
            body = dumps(json).encode()
            headers.append(("Content-Type", "application/json"))
        elif form is not None:
            body = urllib.parse.urlencode(form).encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if self.token:
            headers.append(("Authorization", f"Bearer {self.token}"))
        reply = self._exchange(request_bytes(method, path, headers, body), method == "HEAD")
        recorder.record(method, path, reply)
        return reply

    def _exchange(self, data, head):
        if self.connection and self.connection.ended():
            self.close()
        if not self.connection:
            self.connection = Connection(self.daemon.address, source=self.source)
        self.connection.send(data)
        reply = self.connection.read_reply(head=head)
        if (reply.header("Connection") or "").lower() == "close":
            self.close()
        return reply

    def get(self, path, **how):
        return self.request("GET", path, **how)

    def post(self, path, json=None, **how):
        return self.request("POST", path, json=json, **how)

    def patch(self, path, json=None, **how):
        return self.request("PATCH", path, json=json, **how)

    def put(self, path, json=None, **how):
        return self.request("PUT", path, json=json, **how)

    def delete(self, path, **how):
        return self.request("DELETE", path, **how)


def ok(reply, *statuses):
    assert reply.status in (statuses or (200, 201, 204)), reply
    return reply.json() if reply.body else None


class User(Client):
    """Someone with an account, logged in."""

    def __init__(self, daemon, name=None, password="correct horse", login=True):
        super().__init__(daemon)
        number = next(_numbers)
        self.name = name or f"user{number}"
        self.email = f"user{number}@example.org"
        self.password = password
        self.id = ok(self.post("/auth/register", {
            "username": self.name, "email": self.email, "password": password}), 201)["id"]
        if login:
            self.token = self.login()

    def login(self, password=None, **how):
        """A token of a new session."""
        form = {"username": self.name, "password": password or self.password}
        stranger = Client(self.daemon)
        try:
            return ok(stranger.post("/auth/login", form=form, **how), 200)["access_token"]
        finally:
            stranger.close()

    def with_token(self, token):
        return Client(self.daemon, token)

    def place(self, name="place"):
        return Place(self, ok(self.post("/servers", {"name": name}), 201))

    def send(self, channel, content, **more):
        """Sends a message; the Message."""
        return ok(self.post(f"/channels/{channel}/messages", {"content": content, **more}), 201)

    def socket(self, place, channel=None, token=None, **how):
        """A channel socket; `place` must be one, or a server's id with a channel."""
        server = getattr(place, "id", place)
        channel = channel or place.general
        path = f"/ws/{self.id}/{server}/{channel}?token={token or self.token}"
        return Socket(self.daemon.address, path, **how)


class Place:
    """A server with its owner."""

    def __init__(self, owner, server):
        self.owner = owner
        self.server = server
        self.id = server["id"]
        self.path = f"/servers/{self.id}"
        self.general = ok(owner.get(f"{self.path}/channels"))[0]["id"]

    def invite(self, **terms):
        return ok(self.owner.post(f"{self.path}/invites", terms), 201)["code"]

    def join(self, user, role="member"):
        """Takes a user in, and gives the role."""
        ok(user.post(f"/invites/{self.invite()}"), 200)
        if role != "member":
            self.set_role(user, role)
        return user

    def set_role(self, user, role):
        return ok(self.owner.patch(f"{self.path}/members/{user.id}", {"role": role}), 200)

    def channel(self, name="more"):
        return ok(self.owner.post(f"{self.path}/channels", {"name": name}), 201)["id"]

    def delete(self):
        self.owner.delete(self.path)
