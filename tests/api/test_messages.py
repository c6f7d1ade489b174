"""Messages: sent, read in pages, edited, deleted."""

import pytest

from chatlib import ENDPOINTS, Gateway
from chatlib.people import ok


@pytest.fixture(scope="module")
def history(people):
    """A channel of 130 messages, every tenth deleted; (reader, channel, ids that are left)."""
    place = people["alice"].place("history")
    place.join(people["bob"])
    ids = [people["alice"].send(place.general, f"message {n}")["id"] for n in range(130)]
    for gone in ids[::10]:
        assert people["alice"].delete(f"/messages/{gone}").status == 204
    yield people["bob"], place.general, [i for i in ids if i not in ids[::10]]
    place.delete()


def page(history, **query):
    reader, channel, _ = history
    return [m["id"] for m in ok(reader.get(f"/channels/{channel}/messages", query=query))]


def test_sending(shared, alice, bob):
    sent = alice.send(shared.general, "hello", user_id=bob.id, id=1, created_at="2000-01-01T00:00:00Z")
    assert (sent["content"], sent["user_id"], sent["channel_id"]) == ("hello", alice.id, shared.general)
    assert sent["is_edited"] is False and sent["created_at"] == sent["updated_at"] > "2020"
    assert sent["user"]["username"] == "alice" and "nonce" not in sent
    assert ok(bob.get(f"/messages/{sent['id']}")) == sent
    assert ok(bob.get(f"/channels/{shared.general}/messages")) == [sent]


@pytest.mark.parametrize("text", [
    "x" * 2000, "😀" * 2000, "\\u0000", "\u202eabc", "e\u0301", "\ufeffbom", "\x7f\x01\x1b[31m",
    "\"quotes\" \\ / \b\f\n\r\t", "\U0010ffff\ufffe", "</script>", "👨‍👩‍👧‍👦",
], ids=ascii)
def test_text_comes_back_as_it_was(place, alice, text):
    sent = alice.send(place.general, text)
    assert sent["content"] == ok(alice.get(f"/messages/{sent['id']}"))["content"] == text


def test_escapes_are_decoded(place, alice):
    body = rb'{"content": "\u0041\ud83d\ude00\/\n", "content2": "\u00e9"}'
    kind = [("Content-Type", "application/json")]
    reply = alice.post(f"/channels/{place.general}/messages", body=body, headers=kind)
    assert reply.status == 201 and reply.json()["content"] == "A😀/\n"


@pytest.mark.parametrize("text", ["", "x" * 2001, "😀" * 2001])
def test_text_that_does_not_fit(place, alice, text):
    reply = alice.post(f"/channels/{place.general}/messages", {"content": text})
    assert reply.status == 422
    sent = alice.send(place.general, "fits")["id"]
    assert alice.patch(f"/messages/{sent}", {"content": text}).status == 422


BLANK = [" ", "\n\t", "\u200b", "\u2800", "\u3164 \ufeff", "\u00a0\u202e", "\x01"]


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_what_shows_nothing_is_refused_everywhere(place, alice, text):
    channel, server = f"/channels/{place.general}", place.path
    sent = alice.send(place.general, "shown")["id"]
    for method, path, field in (
            ("POST", f"{channel}/messages", "content"), ("PATCH", f"/messages/{sent}", "content"),
            ("POST", "/servers", "name"), ("PATCH", server, "name"),
            ("POST", f"{server}/channels", "name"), ("PATCH", channel, "name")):
        reply = alice.request(method, path, {field: text})
        assert (reply.status, reply.code()) == (422, "blank"), path
        assert reply.json()["errors"][0]["loc"] == ["body", field]
    assert ok(alice.get(f"{channel}/messages"))[-1]["content"] == "shown"
    assert alice.send(place.general, text + "x")["content"] == text + "x"
    with alice.socket(place) as socket:
        socket.say(text)
        assert socket.expect("error")["code"] == "blank"
    with Gateway(alice) as gateway:
        gateway.send({"type": "message",
                      "data": {"channel_id": place.general, "content": text, "nonce": "n"}})
        error = gateway.expect("error")
        assert (error["code"], error["nonce"]) == ("blank", "n")


def test_the_newest_page_is_the_default(history):
    left = history[2]
    assert page(history) == left[-50:]
    assert page(history, limit=1) == left[-1:]
    assert page(history, limit=100) == left[-100:]
    assert page(history, limit=20, skip=30) == left[-50:-30]
    assert page(history, skip=len(left) - 5) == left[:5]
    assert page(history, skip=10000) == []


def test_cursors(history):
    left = history[2]
    assert page(history, before=left[60]) == left[10:60]
    assert page(history, before=left[60], limit=7) == left[53:60]
    assert page(history, before=left[0]) == []
    assert page(history, after=left[60], limit=7) == left[61:68]
    assert page(history, after=left[-1]) == []
    assert page(history, after=left[0] - 1, limit=3) == left[:3], "from a deleted message on"
    around = page(history, around=left[60], limit=11)
    assert left[60] in around and len(around) == 11
    assert around == left[left.index(around[0]):][:11] and 4 <= around.index(left[60]) <= 6
    assert left[0] in page(history, around=left[0], limit=11)
    assert page(history, around=left[-1], limit=4)[-1] == left[-1]


def test_everything_by_pages(history):
    left = history[2]
    upwards, cursor = [], left[0] - 1
    while rows := page(history, after=cursor, limit=33):
        upwards += rows
        cursor = rows[-1]
    downwards, cursor = [], 2**53 - 1
    while rows := page(history, before=cursor, limit=33):
        downwards = rows + downwards
        cursor = rows[0]
    assert upwards == downwards == left


@pytest.mark.parametrize("query", [
    "limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1e1x", "skip=-1", "skip=10001",
    "skip=x", "before=0", "before=-1", "before=x", "before=9007199254740992", "before=1e400",
    "after=0", "around=", "before=1&after=2", "before=1&around=2", "after=1&around=2",
    "limit=1&limit=1", "limit=%31%ff",
])
def test_pages_that_do_not_fit(history, query):
    reader, channel, _ = history
    for path in ENDPOINTS["message_list"].paths:
        reply = reader.get(path.replace("{channel_id}", str(channel)) + "?" + query)
        assert reply.status == 422, reply
        assert reply.json()["errors"][0]["loc"][0] == "query"


def test_editing(shared, alice, bob, carol):
    sent = bob.send(shared.general, "before")
    edited = ok(bob.patch(f"/messages/{sent['id']}", {"content": "after"}), 200)
    assert edited["content"] == "after" and edited["is_edited"] is True
    assert edited["created_at"] == sent["created_at"] <= edited["updated_at"]
    assert ok(carol.get(f"/messages/{sent['id']}")) == edited
    reply = alice.patch(f"/messages/{sent['id']}", {"content": "the owner's"})
    assert (reply.status, reply.code()) == (403, "not_author")


def test_deleting(shared, alice, bob, carol):
    mine, other = bob.send(shared.general, "mine")["id"], bob.send(shared.general, "other")["id"]
    reply = carol.delete(f"/messages/{mine}")
    assert reply.status == 403
    assert bob.delete(f"/messages/{mine}").status == 204
    assert alice.delete(f"/messages/{other}").status == 204
    for gone in (mine, other):
        reply = bob.get(f"/messages/{gone}")
        assert (reply.status, reply.json()["detail"]) == (404, "Message not found")
        assert bob.patch(f"/messages/{gone}", {"content": "x"}).status == 404
        assert bob.delete(f"/messages/{gone}").status == 404
    assert ok(bob.get(f"/channels/{shared.general}/messages")) == []


def test_who_is_out_cannot_touch_what_he_wrote(shared, alice, bob):
    sent = bob.send(shared.general, "mine")["id"]
    bob.delete(f"{shared.path}/members/me")
    assert bob.get(f"/messages/{sent}").status == 403
    assert bob.patch(f"/messages/{sent}", {"content": "x"}).status == 403
    assert bob.delete(f"/messages/{sent}").status == 403


def test_the_original_clients_spelling(shared, alice):
    """Godot's scenes say messages/channels/… and messages/messages/…, some with a slash behind."""
    for slash in ("", "/"):
        path = f"/messages/channels/{shared.general}/messages{slash}"
        sent = ok(alice.post(path, {"content": "by Godot"}), 201)
        assert sent in ok(alice.get(path))
        one = f"/messages/messages/{sent['id']}{slash}"
        assert ok(alice.get(one)) == sent
        assert ok(alice.patch(one, {"content": "edited"}), 200)["is_edited"]
        assert alice.delete(one).status == 204


def test_ids_rise_in_the_order_of_sending(shared, alice, bob):
    ids = [user.send(shared.general, "x")["id"] for user in (alice, bob) * 10]
    assert ids == sorted(set(ids))
