"""A Godot 4 client's requests, byte for byte as its engine writes them, and its engine's demands on
the replies (core/io/http_client_tcp.cpp, scene/main/http_request.cpp, modules/websocket/wsl_peer.cpp).
"""

import base64
import gzip
import hashlib
import json
import zlib

import pytest

from chatlib import Connection, Socket, User
from chatlib.people import ok
from chatlib.ws import CLOSE, frame

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
AGENT = "GodotEngine/4.2.1.stable.official (Linux)"
HEADER_MAX = 4096  # of its handshake's reply


def request_bytes(daemon, method, path, headers, body=""):
    """As HTTPClient writes it: the caller's headers first, a length only for a body that is there."""
    body = body.encode()
    lines = [f"{method} {path} HTTP/1.1", *headers, "Accept-Encoding: gzip, deflate",
             f"Host: 127.0.0.1:{daemon.port}"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"User-Agent: {AGENT}", "Accept: */*"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def godot_reads(connection):
    """The reply as HTTPRequest takes it: (status, value)."""
    reply = connection.read_reply()
    # Without one of these it takes the body for an empty one, or reads until the connection ends.
    if reply.status != 204:
        assert reply.header("Content-Length") or reply.header("Transfer-Encoding") == "chunked", \
            reply.headers
    body = reply.body
    if reply.header("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    elif reply.header("Content-Encoding") == "deflate":
        body = zlib.decompress(body)
    return reply.status, json.loads(body) if body else None


class Client:
    """NetworkManager.http_request(): an HTTPRequest node, so a connection, for each request."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.token = None

    def headers(self, kind):
        return [kind] + ([f"Authorization: Bearer {self.token}"] if self.token else [])

    def request(self, method, path, data=None, body="", kind=JSON):
        body = json.dumps(data) if data else body
        with Connection(self.daemon.address) as connection:
            connection.send(request_bytes(self.daemon, method, path, self.headers(kind), body))
            return godot_reads(connection)

    def refused(self, *args, **how):
        status, value = self.request(*args, **how)
        assert isinstance(value["detail"], str), value
        return status

    def login(self, name, password):
        status, value = self.request("POST", "/auth/login", kind=FORM,
                                     body=f"username={name}&password={password}")
        assert status == 200, value
        self.token = value["access_token"]
        return self.request("GET", "/users/me")[1]

    def socket(self, user, server, channel):
        """WebSocketPeer.connect_to_url()."""
        key = base64.b64encode(b"sixteen bytes ok").decode()
        path = f"/ws/{user}/{server}/{channel}?token={self.token}"
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.daemon.port}",
                 "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13"]
        socket = Socket(self.daemon.address, path, handshake="\r\n".join(lines) + "\r\n\r\n")
        if socket.status == 101:
            check_upgrade(socket.reply, key)
        return socket


def check_upgrade(reply, key):
    """What WebSocketPeer checks before it opens."""
    headers = {name.lower(): value for name, value in reply.headers}
    accept = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert all(name and value for name, value in reply.headers), reply.headers
    assert headers["connection"].lower() == "upgrade" and headers["upgrade"].lower() == "websocket"
    assert headers["sec-websocket-accept"] == base64.b64encode(accept).decode()
    assert "sec-websocket-protocol" not in headers
    assert sum(len(name) + len(value) + 4 for name, value in reply.headers) < HEADER_MAX - 64


@pytest.fixture
def owner(chatd):
    return User(chatd)


@pytest.fixture
def place(owner):
    return owner.place()


@pytest.fixture
def godot(chatd, owner, place):
    """A client that is logged in, and a member of the place."""
    client = Client(chatd)
    name = f"godot{place.id}"
    data = {"username": name, "email": f"{name}@example.org", "password": "secret é"}
    assert client.request("POST", "/auth/register", data)[0] == 201
    client.user = client.login(name, "secret%20%C3%A9")
    assert client.request("POST", f"/invites/{place.invite()}")[0] == 200
    return client


def test_a_session(godot, place):
    """Login, loading, sending and listening, in the client's order."""
    status, servers = godot.request("GET", "/servers")
    assert status == 200 and [server["id"] for server in servers] == [place.id]
    status, channels = godot.request("GET", f"/servers/{place.id}/channels")
    assert status == 200 and channels[0]["id"] == place.general
    status, members = godot.request("GET", f"/servers/{place.id}/members")
    assert status == 200 and {member["user"]["username"] for member in members} == \
        {place.owner.name, godot.user["username"]}
    path = f"/messages/channels/{place.general}/messages"
    assert godot.request("GET", f"{path}?limit=50") == (200, [])

    with godot.socket(godot.user["id"], place.id, place.general) as live:
        status, sent = godot.request("POST", path, {"content": "hé 😀"})
        assert status == 201
        heard = live.expect("message")
        assert heard["id"] == sent["id"] and heard["user"]["username"] == heard["username"]

        live.send({"type": "message", "data": {"content": "by socket", "channel_id": 7.0}})
        assert live.expect("message")["content"] == "by socket"

        one = f"/messages/messages/{sent['id']}"
        assert godot.request("PATCH", one, {"content": "edited"})[1]["is_edited"] is True
        assert live.expect("message_update")["content"] == "edited"
        assert godot.request("DELETE", one) == (204, None)
        assert live.expect("message_delete")["id"] == sent["id"]
        assert [message["content"] for message in godot.request("GET", path)[1]] == ["by socket"]

        # WebSocketPeer.close(): it waits for the answer.
        live.connection.send(frame(CLOSE, (1000).to_bytes(2, "big")))
        assert live.close_code() == 1000


def test_every_request_without_a_body(godot, place):
    """No length and no encoding, whatever the method: none waits for a body."""
    assert godot.request("PATCH", "/users/me/status?new_status=dnd")[1]["status"] == "dnd"
    assert godot.refused("POST", "/servers") == 422
    assert godot.request("PATCH", "/users/me")[0] == 200
    assert godot.refused("POST", f"/messages/channels/{place.general}/messages") == 422
    assert godot.request("POST", "/auth/logout")[0] == 200
    assert godot.refused("GET", "/users/me") == 401


def test_one_connection_for_many_requests(godot, chatd, place):
    """HTTPClient used without the node: it connects again only when it was told that it must."""
    path = f"/messages/channels/{place.general}/messages"
    connection = Connection(chatd.address)
    for method, where, body, status in [
        ("GET", "/servers", "", 200), ("PATCH", "/users/me/status?new_status=away", "", 200),
        ("POST", path, '{"content":"one"}', 201), ("POST", path, "", 422), ("GET", path, "", 200),
        ("POST", "/auth/logout", "", 200), ("GET", "/users/me", "", 401), ("GET", "/", "", 200),
    ]:
        connection.send(request_bytes(chatd, method, where, godot.headers(JSON), body))
        reply = connection.read_reply()
        assert reply.status == status, (method, where, reply)
        if (reply.header("Connection") or "").lower() == "close":
            assert method != "GET" and not body, "a connection lost without need"
            assert connection.closed(), "a close that was only announced"
            connection.close()
            connection = Connection(chatd.address)
    connection.close()


def test_a_detail_that_can_be_shown(godot, chatd, owner, place):
    closed = owner.place()
    path = f"/messages/channels/{place.general}/messages"
    taken = {"username": godot.user["username"], "email": "x@example.org", "password": "secret"}
    assert godot.refused("POST", "/auth/register", taken) == 400
    assert godot.refused("POST", path, body='{"content":') == 400
    assert godot.refused("GET", f"/messages/channels/{closed.general}/messages") == 403
    assert godot.refused("GET", "/messages/messages/9007199254740991") == 404
    assert godot.refused("POST", path, {"content": 7.0}) == 422
    assert Client(chatd).refused("GET", "/servers") == 401
    assert Client(chatd).refused("POST", "/auth/login", kind=FORM, body="username=x&password=y") == 401
    # The original's client sends JSON's type with every body; a login must say what it is.
    assert Client(chatd).refused("POST", "/auth/login", body="username=x&password=y") in (400, 415)


def test_refused_sockets(godot, owner, place):
    closed = owner.place()
    assert godot.socket(godot.user["id"], closed.id, closed.general).close_code() == 4003
    assert godot.socket(owner.id, place.id, place.general).status == 403
    godot.token = "nonsense"
    assert godot.socket(godot.user["id"], place.id, place.general).status == 401


def test_what_it_sends_lasts(godot, owner, place):
    """Author and times are the server's; another client reads the same message."""
    path = f"/messages/channels/{place.general}/messages"
    sent = godot.request("POST", path, {"content": "mine", "user_id": float(owner.id)})[1]
    assert sent["user_id"] == godot.user["id"]
    assert ok(owner.get(f"/messages/{sent['id']}"))["content"] == "mine"
