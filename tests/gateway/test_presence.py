"""Who is there: over all sockets of a user, told to those who share a server, and not too often."""

import time

import pytest

from chatlib import Daemon, Gateway, User
from chatlib.crowd import Crowd, populate
from chatlib.people import ok

GRACE_SECONDS = 5
TICK_SECONDS = 0.25
FRAMES_PER_TICK = 25000  # that tell of one user; the rest are told of together


@pytest.fixture
def extra(request):
    return request.config.getoption("--crowd")


def test_the_first_and_the_last_socket_count(newcomer, shared, alice, mallory):
    user = shared.join(newcomer())
    with Gateway(alice) as watcher, Gateway(mallory) as stranger:
        for socket in (watcher, stranger):
            socket.ready()
        first, second = Gateway(user), Gateway(user)
        for socket in (first, second):
            socket.ready()
        assert watcher.expect("presence", user_id=user.id)["status"] == "online"
        assert ok(alice.get(f"/users/{user.id}"))["status"] == "online"
        first.close()
        ok(user.patch("/users/me/status?new_status=away"))
        assert watcher.expect("presence", user_id=user.id)["status"] == "away"
        closed = time.monotonic()
        second.close()
        assert watcher.expect("presence", user_id=user.id)["status"] == "offline"
        assert time.monotonic() - closed > GRACE_SECONDS - 0.1
        assert [e["data"]["status"] for e in watcher.events if e["type"] == "presence"
                and e["data"]["user_id"] == user.id] == ["online", "away", "offline"]
        stranger.drain()
        assert not [e for e in stranger.events
                    if e["type"] == "presence" and e["data"]["user_id"] == user.id]


def test_who_is_back_within_the_grace_was_never_away(newcomer, shared, alice):
    user = shared.join(newcomer())
    with Gateway(alice) as watcher:
        watcher.ready()
        with Gateway(user) as socket:
            socket.ready()
            watcher.expect("presence", user_id=user.id)
        for _ in range(3):
            time.sleep(GRACE_SECONDS / 5)
            with Gateway(user) as socket:
                socket.ready()
        assert watcher.drain("presence") == []


def test_members_online(newcomer, alice, shared):
    def online():
        with Gateway(alice) as socket:
            return next(s["members_online"] for s in socket.ready()["servers"] if s["id"] == shared.id)
    before = online()
    user = shared.join(newcomer())
    with Gateway(user) as first, Gateway(user) as second:
        first.ready()
        second.ready()
        assert online() == before + 1
        ok(user.patch("/users/me/status?new_status=offline"))
        assert online() == before


@pytest.mark.slow
def test_a_reconnection_storm(tmp_path, extra):
    """All of a large server at once: each learns of the others, and not by a frame for each pair."""
    with Daemon(tmp_path) as daemon:
        owner = User(daemon)
        place = owner.place()
        owner.close()
        daemon.stop()
        users = populate(tmp_path / "chat.db", extra, place.id)
        daemon.start()
        with Crowd() as crowd:
            began = time.monotonic()
            crowd.open(daemon.address, users[:1])
            watcher = crowd.ears[0]
            crowd.until(lambda: watcher.frames["ready"])
            crowd.open(daemon.address, users[1:])
            crowd.until(lambda: len(watcher.told) == extra)
            assert set(watcher.told.values()) == {"online"}
            crowd.until(lambda: crowd.count("ready") == extra)
            # Whoever came later is told to all who were there; who was there before, REST says.
            attentive = [ear for ear in crowd.ears if ear.attentive]
            for ear in attentive:
                later = {other.user for other in crowd.ears if other.opened > ear.ready}
                crowd.until(lambda ear=ear, later=later: later <= set(ear.told))
            with Gateway(owner) as socket:
                assert socket.ready()["servers"][0]["members_online"] == extra + 1
            crowd.close(crowd.ears[1:extra // 2])
            attentive = [ear for ear in crowd.ears if ear.attentive]
            crowd.until(lambda: list(watcher.told.values()).count("offline") >= extra // 2 - 1)
            for ear in attentive:
                crowd.until(lambda ear=ear: list(ear.told.values()).count("offline") >= extra // 2 - 1)
            # A tick's frames, of which the last may go over, and one of all the others to each.
            ticks = (time.monotonic() - began) / TICK_SECONDS + 2
            assert crowd.count("presence") < ticks * (FRAMES_PER_TICK + 2 * extra)
