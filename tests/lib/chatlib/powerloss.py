"""A power cut, as far as chatd's files go: what it had written and not synced is gone."""

import os
import struct
from pathlib import Path

import pytest

LIBRARY = Path(os.environ.get("BUILD") or Path(__file__).resolve().parents[3] / "build") / "tests/powerloss.so"
FILES = ("chat.db", "chat.db-wal")
CHANGE = struct.Struct("=4q")  # file, its size before (-1: a sync), offset, bytes


class Power:
    """For a Daemon in the directory: run it with `env`, kill it, then cut()."""

    def __init__(self, directory):
        if not LIBRARY.exists():
            pytest.skip("nothing can be loaded before a sanitizer")
        self.directory = Path(directory)
        self.log = self.directory / "unsynced"
        self.env = {"LD_PRELOAD": str(LIBRARY), "POWERLOSS_LOG": str(self.log)}

    def _unsynced(self):
        """The changes that no sync followed, in their order, as (file, size, offset, bytes before)."""
        data, at, found = self.log.read_bytes(), 0, []
        while at + CHANGE.size <= len(data):
            file, size, offset, n = CHANGE.unpack_from(data, at)
            at += CHANGE.size
            if size < 0:
                found = [change for change in found if change[0] != file]
            elif at + n <= len(data):  # else it was killed before the change
                found.append((file, size, offset, data[at:at + n]))
            at += n
        return found

    def cut(self):
        """Undoes what was not synced; how many changes that were."""
        unsynced = self._unsynced()
        for file, size, offset, before in reversed(unsynced):
            with open(self.directory / FILES[file], "r+b") as disk:
                disk.seek(offset)
                disk.write(before)
                disk.truncate(size)
        (self.directory / "chat.db-shm").unlink(missing_ok=True)
        self.log.unlink()
        return len(unsynced)
