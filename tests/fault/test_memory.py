"""There is no memory to check a password: that is busy, not a wrong password."""

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatlib import CHATD, Client, Daemon, User, is_sanitized
from chatlib.people import ok


@contextmanager
def starved(daemon):
    """Leaves chatd less than the 64 MiB that argon2id takes, and enough for all else."""
    pid = daemon.process.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
    room = pages * resource.getpagesize() + (16 << 20)
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (room, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_AS, before)


def failed_logins(client):
    return int(client.get("/metrics").text.split("\nchatd_logins_failed_total ")[1].split()[0])


@pytest.mark.skipif(is_sanitized(CHATD), reason="a sanitizer takes all the address space that there is")
def test_no_memory_for_passwords(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        stranger = Client(daemon)
        with starved(daemon):
            for reply in (
                stranger.post("/auth/login", form={"username": user.name, "password": user.password}),
                stranger.post("/auth/login", form={"username": user.name, "password": "something else"}),
                stranger.post("/auth/login", form={"username": "nobody", "password": user.password}),
                stranger.post("/auth/register", {
                    "username": "late", "email": "late@example.org", "password": "correct horse"}),
                user.post("/auth/password", {"old_password": user.password, "new_password": "new horse"}),
            ):
                assert (reply.status, reply.code()) == (503, "busy"), reply
                assert int(reply.header("Retry-After")) > 0
            ok(user.get("/users/me"))
        assert failed_logins(stranger) == 0
        user.login()
