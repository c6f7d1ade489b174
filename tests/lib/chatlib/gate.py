"""A gate before chatd's database: while it is shut, whoever would read waits."""

import fcntl
from contextlib import contextmanager

from .daemon import until

# WAL_READ_LOCK(0) to (4) of https://sqlite.org/walformat.html, section 2.3.
FIRST, COUNT = 123, 5


@contextmanager
def gate(daemon):
    """For less than the ten seconds after which SQLite gives up."""
    with open(daemon.directory / "chat.db-shm", "r+b") as shared:
        def shut():
            try:
                fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, COUNT, FIRST)
            except OSError:
                return False
            return True

        until(shut, "all who read to be done")
        yield
