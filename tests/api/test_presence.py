"""What others read as a user's status: the choice, while a socket is open."""

import pytest

from chatlib import until
from chatlib.people import ok

GRACE_SECONDS = 5


def status(reader, user):
    return ok(reader.get(f"/users/{user.id}"))["status"]


def test_without_a_socket_others_read_offline(newcomer, shared, alice):
    user = shared.join(newcomer())
    assert status(user, user) == "offline"
    ok(user.patch("/users/me/status?new_status=dnd"), 200)
    assert status(user, user) == "dnd"
    assert status(alice, user) == "offline"


def test_with_a_socket_others_read_the_choice(newcomer, shared, alice, mallory):
    user = shared.join(newcomer())
    with user.socket(shared) as socket:
        socket.drain()
        assert status(user, user) == "online"
        assert status(alice, user) == "online"
        assert status(mallory, user) == "offline", "who shares no server reads offline"
        for choice in ("away", "dnd", "offline", "online"):
            ok(user.patch("/users/me", {"status": choice}), 200)
            assert status(alice, user) == status(user, user) == choice
        members = ok(alice.get(f"{shared.path}/members"))
        assert next(m for m in members if m["user_id"] == user.id)["user"]["status"] == "online"


def test_a_choice_is_told(newcomer, shared, alice):
    user = shared.join(newcomer())
    with user.socket(shared) as socket, alice.socket(shared) as watcher:
        socket.drain()
        watcher.drain()
        ok(user.patch("/users/me/status?new_status=dnd"), 200)
        assert watcher.expect("presence", user_id=user.id)["status"] == "dnd"


@pytest.mark.slow
def test_offline_comes_after_a_grace(newcomer, shared, alice):
    user, quick = shared.join(newcomer()), shared.join(newcomer())
    with alice.socket(shared) as watcher:
        first, second = user.socket(shared), user.socket(shared)
        short = quick.socket(shared)
        for socket in (first, second, short):
            socket.drain()
        assert watcher.expect("presence", user_id=user.id)["status"] == "online"
        first.close()
        short.close()
        with quick.socket(shared) as again:
            again.drain()
            second.close()
            watcher.expect("user_leave", user_id=user.id)
            assert status(alice, user) == "online", "the grace time was not kept"
            told = watcher.expect("presence", GRACE_SECONDS + 5, user_id=user.id)
            assert told["status"] == "offline" and status(alice, user) == "offline"
            until(lambda: status(user, user) == "offline", "offline for itself")
            assert status(alice, quick) == "online", "a socket within the grace time did not count"
            gone = [e["data"]["user_id"] for e in watcher.events
                    if e["type"] == "presence" and e["data"]["status"] == "offline"]
            assert gone.count(user.id) == 1 and quick.id not in gone


def test_the_invisible_come_and_go_untold(newcomer, shared, alice):
    user = shared.join(newcomer())
    ok(user.patch("/users/me/status?new_status=offline"), 200)
    with alice.socket(shared) as watcher:
        watcher.drain()
        with user.socket(shared) as socket:
            socket.drain()
            assert status(alice, user) == "offline"
        assert [e for e in watcher.drain("presence") if e["user_id"] == user.id] == []
