"""A wall clock that a test sets; the monotonic one goes on as it does."""

from pathlib import Path

import pytest

from .daemon import CHATD, SECRET, is_sanitized

FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


class Clock:
    """For a Daemon in the directory: run it with `env`."""

    def __init__(self, directory):
        if not FOUND:
            pytest.skip("there is no libfaketime here")
        if is_sanitized(CHATD):
            pytest.skip("nothing can be loaded before a sanitizer")
        self.file = Path(directory) / "clock"
        self.env = {
            "SECRET_KEY": SECRET, "LOG_FORMAT": "json", "LD_PRELOAD": str(FOUND[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set(0)

    def set(self, seconds):
        """How far it is ahead of the real one."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+}s\n", encoding="ascii")
        new.rename(self.file)
