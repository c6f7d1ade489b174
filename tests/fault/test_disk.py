"""A disk that is full: 503 to all, none acknowledged; room again: chatd goes on by itself."""

import os
import resource
import signal
import subprocess

import pytest

from chatlib import SECRET, Client, Daemon, run, until
from chatlib.load import RestWriter, World, check, history, retry_all


class FileLimit:
    """No file may grow: write() fails with EFBIG. Works everywhere, and without root."""

    def __init__(self, directory):
        self.directory = directory
        self.daemon = None

    @staticmethod
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(self):
        largest = max(path.stat().st_size for path in self.directory.glob("chat.db*"))
        self._set(largest)

    def free(self):
        self._set(resource.RLIM_INFINITY)

    def _set(self, size):
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def release(self):
        pass


class SmallDisk:
    """A file system of its own, filled up: write() fails with ENOSPC. Wants root."""

    def __init__(self, directory):
        self.directory = directory / "disk"
        self.directory.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "chatd-test", self.directory],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            pytest.skip(f"no small disk can be mounted: {made.stderr.strip()}")
        self.daemon = None
        self.filler = self.directory / "filler"

    prepare = None

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def free(self):
        os.truncate(self.filler, 0)

    def release(self):
        subprocess.run(["umount", "-l", self.directory], check=True)


@pytest.fixture(params=[FileLimit, SmallDisk])
def disk(request, tmp_path):
    if request.param is FileLimit:
        (tmp_path / "data").mkdir()
        disk = FileLimit(tmp_path / "data")
    else:
        disk = SmallDisk(tmp_path)
    try:
        with Daemon(disk.directory, log=tmp_path / "chatd.log", preexec=disk.prepare) as daemon:
            disk.daemon = daemon
            yield disk
    finally:
        disk.release()


def test_a_full_disk(disk):
    world = World(disk.daemon)
    writers = [RestWriter(user, world.channel, f"w{at}") for at, user in enumerate(world.users)]
    listener = world.owner.socket(world.place)
    listener.drain()
    for writer in writers:
        writer.start()
    until(lambda: all(len(w.acked) > 10 for w in writers), "messages")
    disk.fill()
    until(lambda: all(503 in w.refused[-1:] for w in writers), "503 to all", 20)
    for writer in writers:
        writer.stop()
        assert set(writer.refused) == {503}
        assert not writer.open, "a request was left without an answer"

    stored = check(writers, world.owner, world.channel)
    promised = {number for writer in writers for number in writer.acked.values()}
    assert promised == {message["id"] for message in stored}, "a refused message was stored"
    listener.drain()
    heard = [e["data"]["id"] for e in listener.events if e["type"] == "message"]
    assert heard == sorted(promised), "a refused message was told"

    refused = world.owner.post(f"/channels/{world.channel}/messages", {"content": "x", "nonce": "later"})
    assert refused.status == 503
    ill = until(lambda: (reply := Client(disk.daemon).get("/health")).status == 503 and reply, "bad health")
    assert ill.json()["detail"].startswith("The database cannot be written: ")
    disk.free()
    again = until(lambda: (reply := world.owner.post(
        f"/channels/{world.channel}/messages", {"content": "x", "nonce": "later"})).status < 300 and reply,
        "room to be noticed")
    assert again.status == 201
    until(lambda: Client(disk.daemon).get("/health").status == 200, "good health")
    assert listener.expect("message")["id"] == again.json()["id"]
    retry_all(writers)
    check(writers, world.owner, world.channel)
    disk.daemon.kill()
    disk.daemon.start()
    check(writers, world.owner, world.channel)
    listener.close()


def test_a_start_on_a_full_disk(disk):
    """After a kill it serves what there is; where even that wants room, it says so."""
    if isinstance(disk, FileLimit):
        pytest.skip("a process's limit ends with it")
    world = World(disk.daemon)
    sent = [world.owner.send(world.channel, f"{n}")["id"] for n in range(50)]
    disk.daemon.kill()
    disk.fill()
    disk.daemon.start()
    assert [m["id"] for m in history(world.owner, world.channel)] == sent
    disk.daemon.kill()
    (disk.directory / "chat.db-shm").unlink()
    disk.fill()
    code, out, err = run("--port", "0", "--database-url", "sqlite:///./chat.db", cwd=disk.directory,
                         env={"SECRET_KEY": SECRET})
    assert (code, out) == (1, "") and "room" in err and len(err.splitlines()) == 1, err
    disk.free()
    disk.daemon.start()
    assert [m["id"] for m in history(world.owner, world.channel)] == sent
