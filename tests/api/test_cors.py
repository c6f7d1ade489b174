"""Browsers on other origins: ALLOWED_ORIGINS and its patterns."""

import pytest

from chatlib import Client, Connection, Daemon, Socket, User

HERE = "http://localhost:3000"


def allowed(client, origin, path="/health"):
    """What chatd says about an origin, on a plain request; None for nothing."""
    return client.get(path, headers=[("Origin", origin)]).header("Access-Control-Allow-Origin")


def preflight(client, origin, path="/servers", method="POST"):
    return client.request("OPTIONS", path, headers=[
        ("Origin", origin), ("Access-Control-Request-Method", method),
        ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")])


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:1", "http://127.0.0.1:8080"])
def test_origins_of_this_machine(anybody, origin):
    assert allowed(anybody, origin) == origin


@pytest.mark.parametrize("origin", [
    "https://localhost:3000", "http://localhost.evil.example:80", "http://evil.example",
    "http://localhost:80.evil.example", "http://127.0.0.1.evil.example:1", "null", "http://localhost:x",
    "http://localhost:", "http://xlocalhost:80", "http://localhost:80/path", "*",
])
def test_other_origins(anybody, origin):
    assert allowed(anybody, origin) is None
    assert preflight(anybody, origin).header("Access-Control-Allow-Origin") is None


def test_without_an_origin_nothing_is_said(anybody):
    assert anybody.get("/health").header("Access-Control-Allow-Origin") is None


def test_a_preflight(anybody):
    reply = preflight(anybody, HERE)
    assert reply.status in (200, 204)
    assert reply.header("Access-Control-Allow-Origin") == HERE
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert method in reply.header("Access-Control-Allow-Methods")
    listed = reply.header("Access-Control-Allow-Headers").lower()
    for name in ("authorization", "content-type", "idempotency-key"):
        assert name in listed
    assert "origin" in reply.header("Vary").lower()


def test_a_preflight_with_a_body(chatd):
    """What follows on the connection is read as the next request, and the body as none."""
    with Connection(chatd.address) as wire:
        for _ in range(2):
            body = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
            wire.send(f"OPTIONS /servers HTTP/1.1\r\nHost: x\r\nOrigin: {HERE}\r\n"
                      "Access-Control-Request-Method: POST\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n{body}GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wire.read_reply().status == 204
            assert wire.read_reply().status == 200


def test_errors_carry_it_too(anybody):
    """Else a browser hides the error from the client."""
    for path in ("/users/me", "/nowhere", "/users/x"):
        reply = anybody.get(path, headers=[("Origin", HERE)])
        assert reply.status >= 400 and reply.header("Access-Control-Allow-Origin") == HERE
        assert "origin" in reply.header("Vary").lower()


def test_configured_origins(tmp_path):
    patterns = "https://chat.example.org, https://*.games.example,http://10.0.0.1:*"
    with Daemon(tmp_path, "--allowed-origins", patterns) as daemon:
        client = Client(daemon)
        for origin, fits in {
            "https://chat.example.org": True, "https://a.games.example": True,
            "http://10.0.0.1:99": True, "https://chat.example.org:444": False,
            "http://chat.example.org": False, "https://xchat.example.org": False,
            "https://games.example": False, "https://evil.example/.games.example": False,
            "http://localhost:3000": False,
        }.items():
            assert allowed(client, origin) == (origin if fits else None), origin


def test_every_origin(tmp_path):
    with Daemon(tmp_path, "--allowed-origins", "*") as daemon:
        assert allowed(Client(daemon), "https://any.example") in ("*", "https://any.example")


def test_a_socket_from_another_origin(shared, alice, chatd):
    """The token, not the origin, is what a socket needs: it carries no cookie."""
    with alice.socket(shared, headers=[("Origin", HERE)]) as socket:
        assert socket.drain("message") == []
