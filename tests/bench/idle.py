"""What idle connections cost: memory of each, and that they are in nobody's way.

Thousands of gateways of one user that have their `ready`, and as many keep-alive connections that have
had one answer: how much chatd's memory has grown by each, what a request takes meanwhile, and that all
of it is given back.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.crowd import Crowd, DeafEar
from chatlib.daemon import Daemon, until
from chatlib.http1 import Connection, request_bytes
from chatlib.people import User, ok

GET = request_bytes("GET", "/")
REPEATS = 200
# For the files of both sides that are no connections.
FILES = 500


def resident(daemon):
    """Bytes."""
    with open(f"/proc/{daemon.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def files(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def request_ms(user):
    """The median of what a request takes, and the longest."""
    took = []
    for _ in range(REPEATS):
        start = time.monotonic()
        ok(user.get("/users/me"))
        took.append((time.monotonic() - start) * 1000)
    return median(took), max(took)


def gateways(daemon, user, count):
    crowd = Crowd()
    crowd.open(daemon.address, [user.id] * count, kind=DeafEar)
    crowd.until(lambda: all(ear.ready for ear in crowd.ears), 120)
    return [ear.sock for ear in crowd.ears]


def keep_alive(daemon, _, count):
    # One address has too few ports.
    wires = [Connection(daemon.address, source=f"127.0.{1 + n // 1000}.1") for n in range(count)]
    for wire in wires:
        wire.send(GET)
    for wire in wires:
        assert wire.read_reply().status == 200
    return wires


def measure(name, make, count):
    """Prints what so many of them cost a new chatd; the bytes of each."""
    with tempfile.TemporaryDirectory() as directory, Daemon(Path(directory)) as daemon:
        user = User(daemon)
        user.place()
        return measure_on(daemon, user, name, make, count)


def measure_on(daemon, user, name, make, count):
    user.get("/users/me")
    before = files(daemon)
    for one in make(daemon, user, 100):  # what the first ones need is not what each needs
        one.close()
    until(lambda: files(daemon) <= before, "the first ones to be gone")
    memory = resident(daemon)
    idle = make(daemon, user, count)
    grown = resident(daemon) - memory
    assert files(daemon) >= before + count
    typical, longest = request_ms(user)
    for one in idle:
        one.close()
    until(lambda: files(daemon) <= before, f"descriptors to be given back, {before} at first")
    print(f"{count:,} {name}: {grown / count:,.0f} bytes each; a request meanwhile {typical:.2f} ms,"
          f" at most {longest:.2f} ms; all closed again")
    return grown / count


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    parser = argparse.ArgumentParser(prog="run.sh idle", description=__doc__.splitlines()[0])
    parser.add_argument("--gateways", type=int, default=5000)
    parser.add_argument("--keep-alive", type=int, default=hard - FILES, help="default: as many as there can be")
    parser.add_argument("--most", type=float, help="bytes of a gateway; more is a failure")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    each = measure("idle gateways", gateways, options.gateways)
    measure("idle keep-alive connections", keep_alive, options.keep_alive)
    if options.most and each > options.most:
        sys.exit(f"more than {options.most:,.0f} bytes each")


if __name__ == "__main__":
    main()
