"""A start after a crash judges a database with its log, and never touches one that is another's."""

import contextlib
import random
import shutil
import sqlite3
import subprocess
import time

import pytest

from chatlib import CHATD, SECRET, Daemon, run, until
from chatlib.load import RestWriter, World, check, history
from chatlib.wal import copy_back, newest_pages, pages_missing

LONG = "x" * 1900
MARK = b"chat"  # the application_id, at byte 68 of the file


def sqlite(path, *statements):
    """Runs them in one connection, which is left open: to be closed by the caller."""
    db = sqlite3.connect(path, isolation_level=None)
    for sql in statements:
        db.execute(sql)
    return db


def crashed(path, *statements):
    """A database as a program leaves it that was killed: what it wrote is in its log alone."""
    with contextlib.closing(sqlite(path, "PRAGMA wal_autocheckpoint = 0", *statements)):
        for suffix in ("", "-wal", "-shm"):
            shutil.copy(f"{path}{suffix}", f"{path}{suffix}.copy")
    for suffix in ("", "-wal", "-shm"):
        shutil.move(f"{path}{suffix}.copy", f"{path}{suffix}")


def contents(directory):
    """Read by another process: closing a file would end the locks that SQLite has on it in this one."""
    return subprocess.run("stat -c '%n %i %s %y %z' * && sha256sum *", shell=True, cwd=directory,
                          capture_output=True, text=True, check=True).stdout


def refused(directory):
    code, out, err = run("--port", "0", "--database-url", "sqlite:///./chat.db", cwd=directory,
                         env={"SECRET_KEY": SECRET})
    assert code == 1 and out == "" and len(err.splitlines()) == 1, err
    return err


# --- chatd's own ---


def say_much(world, messages=400):
    with world.owner.socket(world.place) as socket:
        for n in range(messages):
            socket.say(f"{n} {LONG}")
        socket.expect("message", content=f"{messages - 1} {LONG}")


def texts(world):
    return [message["content"] for message in history(world.owner, world.channel)]


@pytest.mark.parametrize("count", [1, 2, 20, 10_000])
def test_killed_in_a_checkpoint(tmp_path, count):
    """The log's newest page 1 is in the file, which has not grown yet; then more and more of it."""
    with Daemon(tmp_path) as daemon:
        world = World(daemon, writers=0)
        daemon.stop()
        daemon.start()
        # What is written while another one reads stays in the log.
        with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/chat.db?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM users").fetchone()
            say_much(world)
            said = texts(world)
            daemon.kill()
        copy_back(tmp_path / "chat.db", count)
        assert (pages_missing(tmp_path / "chat.db") > 0) == (count < 10_000)
        daemon.start()
        assert texts(world) == said
        with contextlib.closing(sqlite3.connect(tmp_path / "chat.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_killed_in_checkpoints_under_load(tmp_path):
    """kill -9 as soon as the file is seen to change, which only a checkpoint does."""
    def stamp():
        return (tmp_path / "chat.db").stat().st_mtime_ns

    with Daemon(tmp_path) as daemon:
        world = World(daemon)
        everybody = []
        for number in range(4):
            writers = [RestWriter(user, world.channel, f"r{number}w{at}") for at, user in enumerate(world.users)]
            everybody += writers
            for writer in writers:
                writer.content = lambda nonce: f"{nonce} {'😀' * 1900}"
                writer.start()
            before = stamp()
            until(lambda: stamp() != before, "a checkpoint", 120)
            if number % 2:
                size = (tmp_path / "chat.db").stat().st_size
                until(lambda: (tmp_path / "chat.db").stat().st_size > size + random.randrange(1 << 23), "its middle")
            daemon.kill()
            for writer in writers:
                writer.join()
            daemon.start()
            check(everybody, world.owner, world.channel)


def test_the_mark_is_in_the_file_before_any_log(tmp_path):
    """Also where somebody made an empty database with a log: by it a start knows its own."""
    sqlite(tmp_path / "chat.db", "PRAGMA journal_mode = WAL").close()
    with Daemon(tmp_path) as daemon:
        world = World(daemon, writers=0)
        daemon.kill()
        assert (tmp_path / "chat.db").read_bytes()[68:72] == MARK
        assert newest_pages(tmp_path / "chat.db")
        daemon.start()
        assert texts(world) == []


def test_killed_while_it_is_made(tmp_path):
    """However far the first start had come, and whatever it left, the next one goes on."""
    found = set()
    for delay in range(40):
        directory = tmp_path / f"{delay}"
        directory.mkdir()
        process = subprocess.Popen([CHATD, "--port", "0", "--database-url", "sqlite:///./chat.db"], cwd=directory,
                                   env={"SECRET_KEY": SECRET}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if delay >= 4:
            until(lambda: (directory / "chat.db").exists(), "the file")
        time.sleep(delay % 20 / 1000)  # the moment of the kill, not a wait
        process.kill()
        process.wait()
        found.add(tuple(sorted((p.name, p.stat().st_size) for p in directory.iterdir())))
        with Daemon(directory):
            pass
        with contextlib.closing(sqlite3.connect(directory / "chat.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(found) > 2, found


def test_a_log_without_its_database(tmp_path):
    """SQLite deletes such a log; it may be all that is left of what was promised."""
    with Daemon(tmp_path) as daemon:
        world = World(daemon, writers=0)
        world.owner.send(world.channel, "promised")
        daemon.kill()
        (tmp_path / "chat.db").rename(tmp_path / "aside")
        (tmp_path / "chat.db-shm").unlink()
        log = (tmp_path / "chat.db-wal").read_bytes()
        assert "put the database back" in refused(tmp_path)
        assert (tmp_path / "chat.db-wal").read_bytes() == log and not (tmp_path / "chat.db").exists()
        (tmp_path / "chat.db").touch()
        assert "put the database back" in refused(tmp_path)
        assert (tmp_path / "chat.db-wal").read_bytes() == log
        (tmp_path / "aside").rename(tmp_path / "chat.db")
        daemon.start()
        assert texts(world) == ["promised"]


# --- another's ---

ORIGINAL = [f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, name TEXT)"
            for name in ("users", "servers", "server_members", "channels", "messages")]
ROWS = ("INSERT INTO users (name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
        " SELECT 'somebody' FROM n")


def with_empty_file(path):
    """All of it is in its log."""
    crashed(path, "PRAGMA journal_mode = WAL", *ORIGINAL, ROWS)


def with_rows_in_the_log(path):
    sqlite(path, *ORIGINAL).close()
    crashed(path, "PRAGMA journal_mode = WAL", ROWS)


def in_a_checkpoint(path):
    with_rows_in_the_log(path)
    copy_back(path, 1)
    assert pages_missing(path) > 0


def of_a_transaction(path):
    """A journal of the other kind, which the next opening would undo."""
    sqlite(path, *ORIGINAL).close()
    with contextlib.closing(sqlite(path, "PRAGMA cache_size = 5", "BEGIN", ROWS)):
        for suffix in ("", "-journal"):
            shutil.copy(f"{path}{suffix}", f"{path}{suffix}.copy")
    for suffix in ("", "-journal"):
        shutil.move(f"{path}{suffix}.copy", f"{path}{suffix}")


@pytest.mark.parametrize("make", [with_empty_file, with_rows_in_the_log, in_a_checkpoint, of_a_transaction])
@pytest.mark.parametrize("linked", [False, True], ids=["", "linked"])
def test_another_ones_database_stays_as_it_is(tmp_path, make, linked):
    """With all that is beside it, which for a link is beside its target."""
    (tmp_path / "run").mkdir()
    (tmp_path / "data").mkdir()
    there = tmp_path / ("data" if linked else "run")
    make(there / "chat.db")
    if linked:
        (tmp_path / "run/chat.db").symlink_to("../data/chat.db")
    before = contents(there)
    assert "left as it is" in refused(tmp_path / "run")
    assert contents(there) == before
    assert not linked or [p.name for p in (tmp_path / "run").iterdir()] == ["chat.db"]


def test_another_ones_database_in_use_stays_as_it_is(tmp_path):
    with contextlib.closing(sqlite(tmp_path / "chat.db", "PRAGMA journal_mode = WAL", *ORIGINAL, ROWS)) as db:
        before = contents(tmp_path)
        assert "left as it is" in refused(tmp_path)
        assert contents(tmp_path) == before
        assert db.execute("SELECT count(*) FROM users").fetchone() == (9000,)
