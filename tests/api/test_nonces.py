"""A retry with the same nonce makes no second message."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chatlib import Client
from chatlib.people import ok


def post(user, channel, content, **how):
    return user.post(f"/channels/{channel}/messages", {"content": content, **how.pop("body", {})}, **how)


def test_the_same_again_is_the_first(shared, alice, bob):
    first = alice.send(shared.general, "once", nonce="n1")
    assert first["nonce"] == "n1"
    with bob.socket(shared) as socket:
        socket.drain()
        again = post(alice, shared.general, "once", body={"nonce": "n1"})
        assert again.status == 200 and again.json() == first
        assert socket.drain("message") == [], "a repeated message was told again"
    assert len(ok(alice.get(f"/channels/{shared.general}/messages"))) == 1


def test_only_the_author_sees_it(shared, alice, bob):
    sent = alice.send(shared.general, "once", nonce="secret-nonce")
    path = f"/channels/{shared.general}/messages"
    assert ok(alice.get(path))[0]["nonce"] == ok(alice.get(f"/messages/{sent['id']}"))["nonce"]
    for reply in (bob.get(path), bob.get(f"/messages/{sent['id']}")):
        assert "nonce" not in reply.text


def test_other_content_is_409(shared, alice):
    alice.send(shared.general, "one", nonce="n2")
    reply = post(alice, shared.general, "two", body={"nonce": "n2"})
    assert (reply.status, reply.code()) == (409, "nonce_reused")


def test_a_deleted_message_is_410(shared, alice):
    sent = alice.send(shared.general, "one", nonce="n3")
    assert alice.delete(f"/messages/{sent['id']}").status == 204
    for content in ("one", "two"):
        reply = post(alice, shared.general, content, body={"nonce": "n3"})
        assert (reply.status, reply.code()) == (410, "message_gone")


def test_unique_per_author_and_channel(shared, alice, bob):
    other = shared.channel()
    ids = {alice.send(shared.general, "x", nonce="n")["id"], bob.send(shared.general, "x", nonce="n")["id"],
           alice.send(other, "x", nonce="n")["id"]}
    assert len(ids) == 3


def test_after_an_edit_the_first_message_comes(shared, alice):
    """The nonce was used with the content it was sent with; the edit is not undone."""
    sent = alice.send(shared.general, "one", nonce="n4")
    ok(alice.patch(f"/messages/{sent['id']}", {"content": "edited"}), 200)
    for content, status in ("one", 200), ("other", 409), ("edited", 409):
        assert post(alice, shared.general, content, body={"nonce": "n4"}).status == status
    assert ok(alice.get(f"/messages/{sent['id']}"))["content"] == "edited"


def test_the_idempotency_key_is_a_nonce(shared, alice):
    key = [("Idempotency-Key", "key-1")]
    first = post(alice, shared.general, "x", headers=key)
    assert first.status == 201 and first.json()["nonce"] == "key-1"
    for again in (post(alice, shared.general, "x", headers=key),
                  post(alice, shared.general, "x", body={"nonce": "key-1"}),
                  post(alice, shared.general, "x", body={"nonce": "key-1"}, headers=key)):
        assert again.status == 200 and again.json() == first.json()
    assert post(alice, shared.general, "x", body={"nonce": "other"}, headers=key).status == 422


@pytest.mark.parametrize("nonce", ["", "x" * 65, 7, None])
def test_a_nonce_that_does_not_fit(shared, alice, nonce):
    reply = post(alice, shared.general, "x", body={"nonce": nonce})
    assert reply.status == (201 if nonce is None else 422)


def test_a_key_that_is_too_long(shared, alice):
    assert post(alice, shared.general, "x", headers=[("Idempotency-Key", "x" * 65)]).status == 422


def test_rights_go_first(shared, alice, bob, mallory):
    sent = bob.send(shared.general, "x", nonce="n5")
    bob.delete(f"{shared.path}/members/me")
    reply = post(bob, shared.general, "x", body={"nonce": "n5"})
    assert (reply.status, reply.code()) == (403, "not_member")
    shared.join(bob)
    assert post(bob, shared.general, "x", body={"nonce": "n5"}).json()["id"] == sent["id"]


def test_at_the_same_time(chatd, shared, alice):
    """Twenty retries at once: one is the first, the others are its echoes."""
    def send(_):
        client = Client(chatd, alice.token)
        reply = post(client, shared.general, "race", body={"nonce": "race"})
        client.close()
        return reply.status, reply.json()["id"]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len({id for _, id in answers}) == 1
