"""Accounts: what one sees of oneself and of others."""

import pytest

from chatlib.people import ok


def test_oneself(alice):
    me = ok(alice.get("/users/me"))
    assert (me["id"], me["username"], me["email"]) == (alice.id, alice.name, alice.email)
    assert ok(alice.get(f"/users/{alice.id}"))["email"] == alice.email


def test_others_have_no_email(alice, bob, shared):
    assert "email" not in ok(alice.get(f"/users/{bob.id}"))
    members = {m["user_id"]: m["user"] for m in ok(bob.get(f"{shared.path}/members"))}
    assert "email" not in members[alice.id]
    sent = alice.send(shared.general, "hello")
    assert "email" not in ok(bob.get(f"/messages/{sent['id']}"))["user"]


def test_nobody(alice):
    reply = alice.get("/users/9007199254740991")
    assert (reply.status, reply.json()["detail"]) == (404, "User not found")


def test_changing_oneself(newcomer):
    user = newcomer()
    new = {"username": user.name + "-new", "email": "new@" + user.name, "status": "dnd", "id": 1}
    assert ok(user.patch("/users/me", new), 200)["id"] == user.id
    me = ok(user.get("/users/me"))
    assert all(me[name] == new[name] for name in ("username", "email", "status"))
    assert ok(user.patch("/users/me", {}), 200) == me
    assert ok(user.patch("/users/me", {"username": None, "status": None}), 200) == me
    assert user.patch("/users/me", {"username": user.name.upper()}).status == 200


@pytest.mark.parametrize("field,detail", [
    ("username", "Username already taken"), ("email", "Email already taken")])
def test_what_another_has(newcomer, alice, field, detail):
    taken = {"username": alice.name, "email": alice.email}[field]
    user = newcomer()
    for value in (taken, taken.upper()):
        reply = user.patch("/users/me", {field: value, "status": "away"})
        assert (reply.status, reply.json()["detail"]) == (400, detail)
    assert ok(user.get("/users/me"))["status"] == "offline", "a refused change changed something"


def test_a_new_name_logs_in_and_frees_the_old(newcomer):
    user = newcomer()
    old, user.name = user.name, user.name + ".2"
    ok(user.patch("/users/me", {"username": user.name}), 200)
    assert user.login()
    assert newcomer(name=old).token


@pytest.mark.parametrize("status", ["online", "away", "dnd", "offline"])
def test_the_status_by_query(newcomer, status):
    user = newcomer()
    reply = user.patch(f"/users/me/status?new_status={status}")
    assert reply.status == 200 and reply.json()["status"] == status
    assert ok(user.get("/users/me"))["status"] == status


@pytest.mark.parametrize("query", ["", "?new_status=", "?new_status=busy", "?new_status=AWAY", "?new_status=1",
                                   "?new_status=away&new_status=dnd", "?status=away"])
def test_a_status_that_is_none(alice, query):
    reply = alice.patch("/users/me/status" + query)
    assert reply.status == 422 and reply.json()["errors"][0]["loc"] == ["query", "new_status"]


def test_unknown_query_arguments_are_ignored(newcomer):
    reply = newcomer().patch("/users/me/status?x=1&new_status=%61way&y")
    assert reply.status == 200 and reply.json()["status"] == "away"
