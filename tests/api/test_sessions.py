"""A user's own sessions."""

import pytest

from chatlib import Connection, Daemon, User
from chatlib.people import ok


def sessions(client):
    return ok(client.get("/auth/sessions"))


def test_the_list_is_newest_first_and_knows_the_current(newcomer):
    user = newcomer()
    later = user.with_token(user.login(headers=[("User-Agent", "Godot/4 über")]))
    listed = sessions(later)
    assert [s["current"] for s in listed] == [True, False]
    assert listed[0]["user_agent"] == "Godot/4 über" and listed[1]["user_agent"] is None
    assert all(len(s["id"]) == 32 for s in listed)
    assert [s["current"] for s in sessions(user)] == [False, True]


def test_ending_another_session(newcomer):
    user = newcomer()
    other = user.with_token(user.login())
    target = next(s["id"] for s in sessions(other) if s["current"])
    assert user.delete(f"/auth/sessions/{target}").status == 204
    assert other.get("/users/me").status == 401
    assert user.delete(f"/auth/sessions/{target}").status == 404
    assert len(sessions(user)) == 1


def test_ending_ones_own(newcomer):
    user = newcomer()
    assert user.delete(f"/auth/sessions/{sessions(user)[0]['id']}").status == 204
    assert user.get("/users/me").status == 401


def test_another_users_session_is_not_there(alice, bob):
    theirs = sessions(bob)[0]["id"]
    reply = alice.delete(f"/auth/sessions/{theirs}")
    assert (reply.status, reply.code()) == (404, "session_not_found")
    assert bob.get("/users/me").status == 200


def test_a_long_user_agent_is_cut(newcomer):
    user = newcomer()
    token = user.login(headers=[("User-Agent", "é" * 300)])
    current = sessions(user.with_token(token))[0]
    assert current["user_agent"].startswith("é") and len(current["user_agent"]) <= 200


@pytest.mark.parametrize("name", [b"a\xff", b"caf\xe9 1.0", b"\xed\xa0\x80"], ids=ascii)
def test_a_user_agent_that_is_no_text_is_none(chatd, newcomer, name):
    user = newcomer(login=False)
    body = f"username={user.name}&password=correct+horse".encode()
    with Connection(chatd.address) as wire:
        wire.send(b"POST /auth/login HTTP/1.1\r\nHost: x\r\nUser-Agent: " + name + b"\r\nContent-Type: "
                  b"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        token = wire.read_reply().json()["access_token"]
    assert [s["user_agent"] for s in sessions(user.with_token(token))] == [None]


def test_when_it_was_last_seen_outlasts_a_restart(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        used = sessions(user)[0]
        assert user.get("/users/me").status == 200
    with Daemon(tmp_path) as daemon:
        user.daemon = daemon
        kept = sessions(user)[0]
    assert used["last_seen_at"] == used["created_at"] == kept["created_at"] < kept["last_seen_at"]
