"""Sockets that wait for the store while others are busy: it is asked once for each, whatever is
changed meanwhile, and a socket counts from its upgrade on."""

import re
import threading
from contextlib import ExitStack, contextmanager

import pytest

from chatlib import Client, Daemon, Gateway, User
from chatlib.crowd import Crowd, populate
from chatlib.gateway import scope_of
from chatlib.people import ok

CROWD = 100
CHANNELS = 60  # so that a ready frame takes its time


class World:
    """A chatd with one reader, and a large server with a crowd."""

    def __init__(self, daemon, place, crowd):
        self.daemon, self.place, self.crowd = daemon, place, crowd

    def admissions(self):
        """How often the store was asked whether a socket may go live."""
        page = Client(self.daemon).get("/metrics").text
        return int(re.search(r"(?m)^chatd_admissions_total (\d+)$", page)[1])


@pytest.fixture(name="world", scope="module")
def make_world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("chatd")
    with Daemon(directory, "--rate-limit", "off", "--workers", "1") as daemon:
        owner = User(daemon)
        place = owner.place()
        for _ in range(CHANNELS):
            place.channel()
        owner.close()
        daemon.stop()
        crowd = populate(directory / "chat.db", CROWD, place.id)
        yield World(daemon.start(), place, crowd)


class Loop(threading.Thread):
    """Does something again and again until it is told to end."""

    def __init__(self, act):
        super().__init__()
        self.act = act
        self.rounds = 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.act()
            self.rounds += 1


@contextmanager
def again_and_again(act):
    loop = Loop(act)
    loop.start()
    try:
        yield loop
    finally:
        loop.ending.set()
        loop.join()


def all_get_in(world, users, act):
    """Opens gateways while somebody acts at least a few times; the store is asked once for each."""
    opened, before = 0, world.admissions()
    with again_and_again(act) as loop:
        while loop.rounds < 20:
            with Crowd() as crowd:
                crowd.open(world.daemon.address, users)
                crowd.until(lambda crowd=crowd: crowd.count("ready") == len(users))
            opened += len(users)
    assert world.admissions() - before == opened


def test_who_makes_and_deletes_servers_holds_nobody_up(world):
    busy = User(world.daemon)

    def act():
        made = ok(busy.post("/servers", {"name": "short-lived"}), 201)
        ok(busy.delete(f"/servers/{made['id']}"))
    all_get_in(world, world.crowd, act)


def test_a_client_that_reads_holds_up_none_of_its_user(world):
    reader = world.place.join(User(world.daemon))
    path = f"/channels/{world.place.general}"

    def act():
        sent = ok(reader.post(f"{path}/messages", {"content": "x"}), 201)
        ok(reader.put(f"{path}/read", {"message_id": sent["id"]}))
    all_get_in(world, [reader.id] * 10, act)


def test_who_is_in_and_out_meanwhile_ends_up_right(world):
    """Whatever the store's answer has of the coming and going, what follows it makes it right."""
    user = User(world.daemon)
    places = [world.place, User(world.daemon).place()]
    invites = [place.invite() for place in places]

    def act():
        for place, invite in zip(places, invites):
            ok(user.post(f"/invites/{invite}"), 200)
            ok(place.owner.post(f"/channels/{place.general}/messages", {"content": "x"}), 201)
            ok(place.owner.delete(f"{place.path}/members/{user.id}"))
        made = ok(user.post("/servers", {"name": "short-lived"}), 201)
        ok(user.delete(f"/servers/{made['id']}"))
    with again_and_again(act) as loop, ExitStack() as stack:
        sockets = []
        while loop.rounds < 10:
            socket = Gateway(user)
            if len(sockets) < 100:
                sockets.append(stack.enter_context(socket))
            else:
                socket.close()
        loop.ending.set()
        loop.join()
        ok(user.post(f"/invites/{invites[0]}"), 200)
        for socket in sockets:
            socket.drain()
            assert set(socket.revs) == {scope_of(places[0].id)}
        sent = places[0].owner.send(places[0].general, "to all of them")
        for socket in sockets:
            socket.expect("message", id=sent["id"])


def test_a_user_is_seen_while_it_has_a_socket(world):
    """The second has its upgrade, and waits behind a crowd for the store, when the first closes."""
    user, watcher = (world.place.join(User(world.daemon)) for _ in range(2))
    with watcher.socket(world.place) as ear:
        ear.drain()
        first = user.socket(world.place)
        ear.expect("user_join", user_id=user.id)
        for _ in range(5):
            with Crowd() as crowd:
                crowd.open(world.daemon.address, world.crowd)
                second = user.socket(world.place)
                assert second.status == 101
                first.close()
                crowd.until(lambda crowd=crowd: crowd.count("ready") == CROWD)
            second.drain()
            first = second
        ear.drain()
        assert [e["type"] for e in ear.events if e["type"].startswith("user_")] == ["user_join"]
        first.close()
        ear.expect("user_leave", user_id=user.id)
