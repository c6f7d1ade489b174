"""GET /health says what is wrong with the machine, and hears of it without being held up itself."""

import contextlib
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from chatlib import SECRET, Client, Daemon, until
from chatlib.load import World, history

LIBRARY = Path(os.environ.get("BUILD") or Path(__file__).resolve().parents[2] / "build") / "tests/baddisk.so"


class BadDisk:
    """A Daemon whose disk fails at will."""

    def __init__(self, directory):
        if not LIBRARY.exists():
            pytest.skip("nothing can be loaded before a sanitizer")
        self.control = directory / "fault"
        self.env = {"SECRET_KEY": SECRET, "LOG_FORMAT": "json", "LD_PRELOAD": str(LIBRARY),
                    "BADDISK": str(self.control)}

    def set(self, fault):
        self.control.write_text(fault)


def health(daemon):
    """Its status and detail, which come at once whatever the disk does."""
    client = Client(daemon)
    began = time.monotonic()
    reply = client.get("/health")
    assert time.monotonic() - began < 3, "health waited"
    client.close()
    body = reply.json()
    assert reply.status == 200 and body["status"] == "healthy" or body["code"] == "unavailable"
    return reply.status, body.get("detail", "")


def until_ill(daemon, word):
    until(lambda: (found := health(daemon))[0] == 503 and word in found[1], f"503 with {word!r}")
    until(lambda: f'"unhealthy","why":"{word}' in daemon.log().replace("The database cannot be ", ""), "a line")


def until_well(daemon):
    until(lambda: health(daemon) == (200, ""), "health")
    until(lambda: "healthy again" in daemon.log(), "a line")


@pytest.mark.parametrize("fault,word", [("eio", "written: disk I/O error"), ("hang", "Nothing has been written")])
def test_a_disk_that_fails(tmp_path, fault, word):
    """Nobody else writes: the probe alone finds out."""
    disk = BadDisk(tmp_path)
    with Daemon(tmp_path, env=disk.env) as daemon:
        world = World(daemon, writers=0)
        world.owner.send(world.channel, "before")
        assert health(daemon) == (200, "")
        disk.set(fault)
        until_ill(daemon, word)
        assert history(world.owner, world.channel), "reading goes on"
        disk.set("")
        until_well(daemon)
        assert world.owner.send(world.channel, "after")


def test_a_database_that_another_program_locks(world):
    path = world.daemon.directory / "chat.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until_ill(world.daemon, "written: database is locked")
        other.execute("ROLLBACK")
    until_well(world.daemon)


def test_a_log_that_cannot_be_copied(tmp_path):
    """Promises are kept, in the log, which grows; and somebody is told."""
    disk = BadDisk(tmp_path)
    with Daemon(tmp_path, env=disk.env) as daemon:
        world = World(daemon, writers=0)
        disk.set("copy")
        with world.owner.socket(world.place) as socket:
            for n in range(4000):
                socket.say(f"{n} {'😀' * 1900}")
                if n % 40 == 39:  # or it would be too slow a reader
                    socket.expect("message", content=f"{n} {'😀' * 1900}")
        until(lambda: world.owner.send(world.channel, "x") and "log cannot be copied" in daemon.log(), "a warning")
        sent = len(history(world.owner, world.channel))
        daemon.kill()
        disk.set("")
        daemon.start()
        assert len(history(world.owner, world.channel)) == sent


def test_nobody_asks_nobody_writes(world):
    """The log grows by a probe only while somebody wants to know."""
    log = world.daemon.directory / "chat.db-wal"
    counter = Client(world.daemon)

    def probes():
        text = counter.get("/metrics").body.decode()
        return int(next(line for line in text.splitlines() if line.startswith("chatd_commits_total")).split()[1])

    at, size = probes(), log.stat().st_size
    until(lambda: probes() >= at + 2, "probes")
    assert log.stat().st_size == size
    for _ in range(200):
        assert health(world.daemon) == (200, "")
    until(lambda: log.stat().st_size > size, "a probe that writes")
    assert log.stat().st_size - size < 5 * 4200, "requests made probes"


# --- the file goes away ---


def remove(path):
    path.unlink()


def replace(path):
    shutil.copy(path, path.parent / "other")
    (path.parent / "other").rename(path)


def remove_log(path):
    (path.parent / "chat.db-wal").unlink()


def rename(path):
    path.rename(path.parent / "aside.db")


@pytest.mark.parametrize("take", [remove, replace, remove_log, rename])
@pytest.mark.parametrize("busy", [True, False], ids=["busy", "idle"])
def test_a_database_that_is_taken_away(tmp_path, take, busy):
    """No write is acknowledged from then on, and chatd ends by itself, in words and with its own
    status. A file that was only renamed has everything."""
    daemon = Daemon(tmp_path).start()
    world = World(daemon, writers=0)
    sent = [world.owner.send(world.channel, f"{n}")["id"] for n in range(5)]
    take(tmp_path / "chat.db")
    if busy:
        assert world.owner.post(f"/channels/{world.channel}/messages", {"content": "lost"}).status == 503
    assert daemon.process.wait(20) == 3
    assert "moved, removed or replaced" in daemon.log()
    if take is rename:
        assert (tmp_path / "chat.db-wal").stat().st_size == 0
        with contextlib.closing(sqlite3.connect(tmp_path / "aside.db")) as db:
            assert [row[0] for row in db.execute("SELECT id FROM messages ORDER BY id")] == sent
