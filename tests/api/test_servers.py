"""Servers: made, listed, changed, deleted."""

import pytest

from chatlib import Place
from chatlib.people import ok


def test_making_one_makes_the_owner_and_general(alice):
    server = ok(alice.post("/servers", {"name": "Home", "description": "ours"}), 201)
    place = Place(alice, server)
    assert (server["name"], server["description"], server["owner_id"]) == ("Home", "ours", alice.id)
    assert ok(alice.get(place.path)) == server
    members = ok(alice.get(f"{place.path}/members"))
    assert [(m["user_id"], m["role"], m["user"]["username"]) for m in members] == [
        (alice.id, "owner", "alice")]
    channels = ok(alice.get(f"{place.path}/channels"))
    assert [c["name"] for c in channels] == ["general"]
    assert channels[0]["last_message_id"] is None
    place.delete()


def test_without_a_description_it_is_null(place):
    assert place.server["description"] is None


def test_the_list_has_ones_own(alice, bob, mallory, shared):
    assert shared.id in [s["id"] for s in ok(alice.get("/servers"))]
    assert shared.id in [s["id"] for s in ok(bob.get("/servers"))]
    assert shared.id not in [s["id"] for s in ok(mallory.get("/servers"))]


def test_changing_it(place, alice):
    changed = ok(alice.patch(place.path, {"name": "other"}), 200)
    assert changed == place.server | {"name": "other"}
    changed = ok(alice.patch(place.path, {"description": "text", "owner_id": 1}), 200)
    assert changed == place.server | {"name": "other", "description": "text"}
    assert ok(alice.patch(place.path, {}), 200) == changed
    assert ok(alice.patch(place.path, {"name": None}), 200) == changed
    assert ok(alice.get(place.path)) == changed


@pytest.mark.parametrize("text", ["x" * 100, "😀" * 100, " padded ", "line\nbreak", "<b>&amp;\"'\\"])
def test_any_text_is_a_name(alice, text):
    server = ok(alice.post("/servers", {"name": text}), 201)
    assert server["name"] == text
    alice.delete(f"/servers/{server['id']}")


def test_a_deleted_server_is_gone_with_all_it_had(shared, alice, bob, mallory):
    message = alice.send(shared.general, "bye")
    code = shared.invite()
    assert alice.delete(shared.path).status == 204
    for user in (alice, bob, mallory):
        for path in (shared.path, f"{shared.path}/members", f"{shared.path}/channels",
                     f"/channels/{shared.general}", f"/channels/{shared.general}/messages",
                     f"/messages/{message['id']}", f"/invites/{code}"):
            assert user.get(path).status == 404, path
        assert shared.id not in [s["id"] for s in ok(user.get("/servers"))]
    assert alice.delete(shared.path).status == 404
    assert mallory.post(f"/invites/{code}").status == 404
    assert alice.post(f"/channels/{shared.general}/messages", {"content": "x"}).status == 404


def test_ids_are_never_given_twice(alice):
    first = alice.place()
    first.delete()
    second = alice.place()
    second.delete()
    assert second.id > first.id and second.general > first.general


def test_an_integral_float_is_an_integer(place, alice):
    """Godot's JSON has only floats."""
    invite = ok(alice.post(f"{place.path}/invites", body=b'{"max_uses": 7.0, "expires_in": 6e1}',
                           headers=[("Content-Type", "application/json")]), 201)
    assert invite["max_uses"] == 7 and isinstance(invite["max_uses"], int)
