import json
import os
import subprocess
import threading

import pytest

from chatlib import Daemon, User, until

PROGRAMS = os.path.join(os.environ.get("BUILD", "build"), "tests")


class Program:
    """A process whose lines on standard output are kept as they come."""

    def __init__(self, name, *args, cwd=None, preexec=None):
        self.process = subprocess.Popen(
            [os.path.join(PROGRAMS, name), *args], cwd=cwd, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=preexec)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self._end()

    def end(self):
        """By the end of its input; it must take that well."""
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self._end()

    def _end(self):
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Follower(Program):
    """The C client, and what it was handed."""

    def __init__(self, daemon, user, outbox="", *where, token=None, preexec=None):
        super().__init__("follower", f"http://127.0.0.1:{daemon.port}", token or user.token,
                         str(outbox), *where, preexec=preexec)

    def items(self, kind, **wanted):
        found = [json.loads(line) for line in list(self.lines)]
        return [item for item in found if item["kind"] == kind
                and all(item.get(name) == value for name, value in wanted.items())]

    def events(self, name):
        return self.items("event", event=name)

    def contents(self, channel):
        return [item["data"]["content"] for item in self.events("message")
                if item["data"]["channel_id"] == channel]

    def live(self, times=1):
        until(lambda: len(self.items("state", state="live")) >= times, "a live gateway", 30)
        return self

    def revs(self):
        """Of each server: those of its events, in the order in which they came."""
        revs = {}
        for item in self.items("event"):
            if item["rev"] and item["event"] not in ("ready", "resync"):
                revs.setdefault(item["server"], []).append(item["rev"])
        return revs

    def check_order(self):
        for revs in self.revs().values():
            assert all(a < b for a, b in zip(revs, revs[1:])), revs


@pytest.fixture
def chatd(tmp_path):
    """A chatd that comes back on its port, with the rate limit off."""
    with Daemon(tmp_path) as daemon:
        daemon.options = (*daemon.options, "--port", str(daemon.port))
        yield daemon


@pytest.fixture
def alice(chatd):
    return User(chatd, "alice")


@pytest.fixture
def bob(chatd):
    return User(chatd, "bob")


@pytest.fixture
def place(alice, bob):
    place = alice.place()
    place.join(bob)
    return place


@pytest.fixture
def follow(chatd):
    """Starts followers, which end with the test."""
    started = []

    def start(user, *args, **how):
        started.append(Follower(chatd, user, *args, **how))
        return started[-1]

    yield start
    for follower in started:
        follower.kill()
