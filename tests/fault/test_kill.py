"""kill -9 and SIGTERM while eight write: what was acknowledged stays, and nothing is doubled."""

import contextlib
import random
import shutil
import signal
import sqlite3

import pytest

from chatlib import SECRET, Daemon, run, until
from chatlib.load import RestWriter, SocketWriter, World, check, history, retry_all
from chatlib.powerloss import Power

ROUNDS = 5


def start_writers(world, number):
    """Six by REST, two by socket."""
    writers = [RestWriter(user, world.channel, f"r{number}w{at}") for at, user in enumerate(world.users[:6])]
    writers += [SocketWriter(user, world.place, f"r{number}w{at}") for at, user in
                enumerate(world.users[6:], 6)]
    for writer in writers:
        writer.start()
    return writers


def wait_for_load(writers, count):
    until(lambda: all(writer.acked for writer in writers)
          and sum(len(writer.acked) for writer in writers) >= count, "the writers")


def rounds(world, after_kill):
    """Several on one database: load, kill -9, a new start; then what was promised is there."""
    everybody = []
    for number in range(ROUNDS):
        writers = start_writers(world, number)
        wait_for_load(writers, random.randrange(100, 600))
        world.daemon.kill()
        for writer in writers:
            writer.join()
        assert any(writer.open for writer in writers), "nobody was writing"
        everybody += writers
        after_kill()
        world.daemon.start()
        check(everybody, world.owner, world.channel)
        retry_all(writers)
        check(everybody, world.owner, world.channel)
    promised = {number for writer in everybody for number in writer.acked.values()}
    stored = check(everybody, world.owner, world.channel)
    assert promised == {message["id"] for message in stored}, "a message that nobody sent"
    world.daemon.stop()
    with sqlite3.connect(world.daemon.directory / "chat.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()


def test_kill_9_under_load(world):
    rounds(world, lambda: None)


def test_a_power_cut_under_load(tmp_path):
    """As kill -9, but what was written and not synced is gone too: no promise may precede its sync."""
    power = Power(tmp_path)
    lost = []
    env = {"SECRET_KEY": SECRET, "LOG_FORMAT": "json", **power.env}
    with Daemon(tmp_path, env=env) as daemon:
        rounds(World(daemon), lambda: lost.append(power.cut()))
    assert any(lost), "no kill came between a change and its sync"


def test_sigterm_drains_under_load(world):
    everybody = []
    for number in range(3):
        writers = start_writers(world, number)
        wait_for_load(writers, 200)
        assert world.daemon.stop(10) == 0
        for writer in writers:
            writer.join()
            assert set(writer.refused) <= {503}
        assert not any(writer.was_cut_off() for writer in writers[:6])
        everybody += writers
        world.daemon.start()
        check(everybody, world.owner, world.channel)
        retry_all(writers)
    check(everybody, world.owner, world.channel)


def test_a_stopped_chatd_goes_on(world):
    """SIGSTOP and SIGCONT, as a suspended machine does: requests wait, none is lost."""
    writers = start_writers(world, 0)
    wait_for_load(writers, 50)
    world.daemon.process.send_signal(signal.SIGSTOP)
    world.daemon.process.send_signal(signal.SIGCONT)
    before = sum(len(writer.acked) for writer in writers)
    until(lambda: sum(len(writer.acked) for writer in writers) > before + 50, "more messages")
    for writer in writers:
        writer.stop()
    check(writers, world.owner, world.channel)


@pytest.mark.parametrize("watched", [False, True], ids=["alone", "while another program reads"])
def test_after_sigterm_the_file_alone_is_everything(world, watched):
    path = world.daemon.directory / "chat.db"
    sent = [world.owner.send(world.channel, f"{n}")["content"] for n in range(20)]
    with contextlib.closing(sqlite3.connect(path)) as other:
        if watched:
            assert other.execute("SELECT count(*) FROM messages").fetchone() == (20,)
        assert world.daemon.stop() == 0
        beside = {p.name: p.stat().st_size for p in path.parent.glob("chat.db-*")}
        assert beside.get("chat.db-wal", 0) == 0 and (watched or not beside)
        shutil.copy(path, path.parent / "copy.db")
    with contextlib.closing(sqlite3.connect(path.parent / "copy.db")) as copy:
        assert [row[0] for row in copy.execute("SELECT content FROM messages ORDER BY id")] == sent


def test_a_database_has_one_chatd(world):
    """A second one is refused with the first one's pid, also by another name; after it ends, or is
    killed, the next may start."""
    (world.daemon.directory / "link.db").symlink_to("chat.db")
    for name in ("chat.db", "link.db"):
        code, out, err = run("--port", "0", "--database-url", f"sqlite:///./{name}",
                             cwd=world.daemon.directory, env={"SECRET_KEY": SECRET})
        assert code == 1 and out == "" and len(err.splitlines()) == 1
        assert f"pid {world.daemon.process.pid} " in err
    assert world.owner.send(world.channel, "on")["content"] == "on"
    for end in (world.daemon.kill, world.daemon.stop):
        end()
        world.daemon.start()
    assert [m["content"] for m in history(world.owner, world.channel)] == ["on"]
