"""The wall clock is wrong for a while and then corrected: nobody waits for what it said."""

import signal
from email.utils import parsedate_to_datetime

import pytest

from chatlib import Client, Daemon, User, now, until
from chatlib.clock import Clock
from chatlib.people import ok

HOUR = 3600


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def daemon(tmp_path, clock):
    with Daemon(tmp_path, "--rate-limit", "on", env=clock.env) as daemon:
        yield daemon


def ahead(client):
    """By how many seconds chatd's clock is."""
    return parsedate_to_datetime(client.get("/").header("Date")).timestamp() - now()


def test_an_hour_ahead_for_one_request(daemon, clock):
    user = User(daemon)
    ok(user.get("/users/me"))
    clock.set(HOUR)
    assert ahead(user) == pytest.approx(HOUR, abs=10)
    ok(user.get("/users/me"))
    ok(user.post("/servers", {"name": "of the future"}))
    user.login()
    clock.set(0)
    assert ahead(user) == pytest.approx(0, abs=10)
    for reply in (user.get("/users/me"), user.post("/servers", {"name": "of today"}),
                  Client(daemon).post("/auth/login", form={"username": user.name, "password": user.password})):
        assert reply.status != 429, (reply, reply.header("Retry-After"))


def test_buckets_fill_at_their_own_pace(daemon, clock):
    """A step forward gives nobody more."""
    user = User(daemon)
    for seconds in (0, HOUR):
        clock.set(seconds)
        last = [user.patch("/users/me/status?new_status=away").status for _ in range(90)][-1]
    assert last == 429


def test_a_step_back_while_it_ends(daemon, clock):
    """It gives who does not read a few seconds, not an hour."""
    user = User(daemon)
    place = user.place()
    with user.socket(place) as channel:
        channel.drain()
        daemon.process.send_signal(signal.SIGTERM)
        until(lambda: "shutting down" in daemon.log(), "the beginning of the end")
        clock.set(-HOUR)
        assert daemon.process.wait(15) == 0
