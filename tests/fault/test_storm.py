"""After everybody came at once and left again, the memory for them goes back to the system."""

import resource

import pytest

from chatlib import Daemon, is_sanitized, until
from chatlib.crowd import Crowd, populate
from chatlib.daemon import CHATD
from chatlib.load import World

SOCKETS = 6000


def resident(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(is_sanitized(CHATD), reason="a sanitizer keeps what was freed")
def test_memory_is_given_back_after_a_storm(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < SOCKETS + 1000:
        pytest.skip(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with Daemon(tmp_path) as daemon:
            place = World(daemon, writers=0).place
        users = populate(tmp_path / "chat.db", SOCKETS, place.id)
        with daemon:
            before = resident(daemon.process)
            with Crowd() as crowd:
                crowd.open(daemon.address, users)
                crowd.until(lambda: all(ear.ready for ear in crowd.ears))
                peak = resident(daemon.process)
            until(lambda: resident(daemon.process) < before + (40 << 20),
                  f"less than {peak >> 20} MiB, {before >> 20} at first")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
