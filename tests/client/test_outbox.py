"""What is sent by libcommon's gateway client: once and in order, whoever is killed meanwhile."""

import random

from chatlib import Daemon, User, until
from chatlib.people import ok


def history(user, channel):
    """Every message of a channel, oldest first."""
    messages = ok(user.get(f"/channels/{channel}/messages?limit=100"))
    while messages:
        page = ok(user.get(f"/channels/{channel}/messages?limit=100&before={messages[0]['id']}"))
        if not page:
            break
        messages = page + messages
    return messages


def contents(user, channel):
    return [message["content"] for message in history(user, channel)]


def newest(user, channel):
    page = ok(user.get(f"/channels/{channel}/messages?limit=1"))
    return page[0]["content"] if page else None


def numbers(count):
    return [str(number) for number in range(1, count + 1)]


def test_sent_says_the_message(follow, place, alice):
    follower = follow(alice).live()
    follower.say(f"send {place.general} hello there")
    until(lambda: follower.items("sent"), "the answer")
    given, sent = follower.items("given")[0], follower.items("sent")[0]
    assert sent["nonce"] == given["nonce"] == sent["data"]["nonce"]
    assert sent["data"]["content"] == "hello there"
    assert contents(alice, place.general) == ["hello there"]


def test_written_while_offline(chatd, follow, place, alice, tmp_path):
    """Over a kill of the client and another of the server."""
    chatd.kill()
    first = follow(alice, tmp_path / "outbox")
    first.say(f"lines {place.general} 20")
    until(lambda: len(first.items("given", code="ok")) == 20, "the outbox")
    first.kill()
    chatd.start()
    alice.close()
    second = follow(alice, tmp_path / "outbox")
    until(lambda: len(second.items("sent")) == 20, "the answers", 60)
    nonces = [item["nonce"] for item in first.items("given")]
    assert [item["nonce"] for item in second.items("waiting")] == nonces
    assert [item["nonce"] for item in second.items("sent")] == nonces
    assert contents(alice, place.general) == numbers(20)
    second.end()
    assert not follow(alice, tmp_path / "outbox").live().items("waiting")


def test_killed_while_sending(chatd, follow, place, alice, tmp_path):
    """Both are killed with -9 at random; each message is there once, in order."""
    follower = follow(alice, tmp_path / "outbox").live()
    follower.say(f"lines {place.general} 3000")
    for number in range(6):
        wanted = len(follower.items("sent")) + random.randrange(1, 300)
        until(lambda: len(follower.items("sent")) >= wanted or newest(alice, place.general) == "3000",
              "the answers")
        if number % 2:
            chatd.kill()
            chatd.start()
        else:
            until(lambda: len(follower.items("given")) == 3000 or number, "the outbox")
            follower.kill()
            follower = follow(alice, tmp_path / "outbox")
        alice.close()
    until(lambda: len(contents(alice, place.general)) >= 3000, "every message")
    assert contents(alice, place.general) == numbers(3000)


def test_a_refused_message_holds_up_nothing(follow, place, alice, bob):
    secret = bob.place("secret")
    follower = follow(alice).live()
    follower.say(f"send {place.general} before")
    follower.say(f"send {secret.general} no")
    follower.say("send 99999 nowhere")
    follower.say(f"send {place.general} after")
    until(lambda: len(follower.items("sent")) == 2 and len(follower.items("failed")) == 2, "answers")
    assert [item["code"] for item in follower.items("failed")] == ["not_member", "channel_not_found"]
    assert contents(alice, place.general) == ["before", "after"]


def test_what_no_server_would_take(follow, place, alice):
    follower = follow(alice).live()
    follower.say(f"send {place.general} " + "x" * 2001)
    follower.say("send 0 x")
    until(lambda: len(follower.items("given")) == 2, "the answers")
    assert {item["code"] for item in follower.items("given")} == {"invalid"}


def test_the_rate_limit_keeps_the_order(tmp_path):
    from conftest import Follower

    with Daemon(tmp_path, "--rate-limit", "on") as daemon:
        alice = User(daemon, "alice")
        place = alice.place()
        follower = Follower(daemon, alice).live()
        try:
            follower.say(f"lines {place.general} 150")
            until(lambda: len(follower.items("sent")) == 150, "the answers", 60)
        finally:
            follower.kill()
        assert contents(alice, place.general) == numbers(150)
