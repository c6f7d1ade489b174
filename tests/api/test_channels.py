"""Channels: made, listed, changed, deleted."""

from chatlib.people import ok


def test_making_and_listing(shared, alice, bob):
    made = ok(alice.post(f"{shared.path}/channels", {"name": "dev", "description": "work"}), 201)
    assert (made["name"], made["description"], made["server_id"]) == ("dev", "work", shared.id)
    assert made["last_message_id"] is None
    assert ok(bob.get(f"/channels/{made['id']}")) == made
    assert [c["name"] for c in ok(bob.get(f"{shared.path}/channels"))] == ["general", "dev"]


def test_the_newest_message(shared, alice, bob):
    def last():
        return ok(bob.get(f"/channels/{shared.general}"))["last_message_id"]

    first, second = (alice.send(shared.general, text)["id"] for text in ("one", "two"))
    assert last() == second
    assert ok(bob.get(f"{shared.path}/channels"))[0]["last_message_id"] == second
    assert alice.delete(f"/messages/{first}").status == 204
    assert last() == second


def test_changing(place, alice):
    channel = place.channel()
    before = ok(alice.get(f"/channels/{channel}"))
    after = ok(alice.patch(f"/channels/{channel}", {"name": "new", "description": "d"}), 200)
    assert after == before | {"name": "new", "description": "d"}
    assert ok(alice.patch(f"/channels/{channel}", {}), 200) == after


def test_a_deleted_channel_is_gone(shared, alice, bob, mallory):
    channel = shared.channel()
    message = alice.send(channel, "bye")["id"]
    assert alice.delete(f"/channels/{channel}").status == 204
    for user in (alice, bob, mallory):
        for path in (f"/channels/{channel}", f"/channels/{channel}/messages", f"/messages/{message}"):
            assert user.get(path).status == 404, path
    assert bob.post(f"/channels/{channel}/messages", {"content": "x"}).status == 404
    assert alice.delete(f"/channels/{channel}").status == 404
    assert channel not in [c["id"] for c in ok(bob.get(f"{shared.path}/channels"))]


def test_general_can_go_too(place, alice):
    assert alice.delete(f"/channels/{place.general}").status == 204
    assert ok(alice.get(f"{place.path}/channels")) == []
