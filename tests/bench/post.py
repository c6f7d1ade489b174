"""Durable POSTs of messages: chatd beside a FastAPI stand-in, in one run on one disk.

Each round loads one, then the other, over keep-alive connections, then asks the disk what it can do
at all; the table shows the medians. A write is durable for both: SQLite with synchronous=FULL.
"""

import argparse
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.daemon import Daemon, until
from chatlib.http1 import Connection, request_bytes
from chatlib.people import User

CHATD, PEER = "chatd", "FastAPI stand-in"
SYNC, COMMIT = "bare fdatasync after each 4 KiB", "bare SQLite, 64 rows a commit"
PAGE = b"\0" * 4096


# --- the two servers ---

class Target:
    """Where to post: what bench-load is told."""

    def __init__(self, port, channel, token, *options):
        self.arguments = ["--token", token, *options,
                          f"127.0.0.1:{port}", f"/channels/{channel}/messages"]

    def load(self, options):
        """One round; the figures that bench-load prints, by name."""
        command = [BUILD / "tests/bench-load", "--connections", str(options.connections),
                   "--seconds", str(options.seconds), *self.arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the load failed: {done.stdout}{done.stderr}")
        return {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", done.stdout)}


def chatd_target(daemon):
    user = User(daemon)
    return Target(daemon.port, user.place().general, user.token, "--nonce")


class Peer:
    """The stand-in, run as its users would."""

    def __init__(self, directory):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "fastapi_peer:app", "--app-dir", str(HERE),
             "--port", str(self.port), "--log-level", "warning"], cwd=directory)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def listens(self):
        if self.process.poll() is not None:
            sys.exit("the stand-in does not start")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def target(self):
        until(self.listens, "the stand-in to listen", 30)
        connection = Connection(("127.0.0.1", self.port))
        connection.send(request_bytes("POST", "/auth/login", [("Content-Type", "application/json")],
                                      b'{"username": "bench", "password": "secret123"}'))
        token = connection.read_reply().json()["access_token"]
        connection.close()
        return Target(self.port, 1, token)


# --- what the disk gives to a program that does nothing else ---

def per_second(step, seconds):
    """How often step() runs in a second."""
    count, start = 0, time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        step()
        count += 1
    return count / passed


def bare_syncs(directory, seconds):
    fd = os.open(directory / "syncs", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def step():
        os.write(fd, PAGE)
        os.fdatasync(fd)

    try:
        return per_second(step, seconds)
    finally:
        os.close(fd)


def bare_commits(directory, seconds):
    database = sqlite3.connect(directory / "commits.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, content TEXT)")
    rows = [("The quick brown fox jumps over the lazy dog.",)] * 64

    def step():
        database.execute("BEGIN")
        database.executemany("INSERT INTO messages (content) VALUES (?)", rows)
        database.execute("COMMIT")

    try:
        return per_second(step, seconds) * len(rows)
    finally:
        database.close()


# --- the run ---

def measure(directory, options):
    """The rates of all rounds by name, and the latencies (p50, p99 in ms) of the servers."""
    rates, latencies = {}, {}

    def note(name, rate):
        rates.setdefault(name, []).append(rate)
        print(f"  {name}: {rate:,.0f}/s", file=sys.stderr, flush=True)

    with ExitStack() as stack:
        targets = {CHATD: chatd_target(stack.enter_context(Daemon(directory)))}
        if not options.alone:
            targets[PEER] = stack.enter_context(Peer(directory)).target()
        for number in range(1, options.rounds + 1):
            print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
            for name, target in targets.items():
                figures = target.load(options)
                note(name, figures["rate"])
                latencies.setdefault(name, []).append(
                    (figures["p50_us"] / 1000, figures["p99_us"] / 1000))
            note(SYNC, bare_syncs(directory, options.seconds / 4))
            note(COMMIT, bare_commits(directory, options.seconds / 4))
    return rates, latencies


def report(rates, latencies, options):
    print(f"{options.connections} connections, {options.rounds} rounds of {options.seconds} s each, "
          f"{os.cpu_count()} processors; medians")
    print(f"{'':32}{'per second':>12}{'least':>10}{'most':>10}{'p50 ms':>10}{'p99 ms':>10}")
    for name, each in rates.items():
        line = f"{name:32}{median(each):12,.0f}{min(each):10,.0f}{max(each):10,.0f}"
        for column in zip(*latencies.get(name, [])):
            line += f"{median(column):10.1f}"
        print(line)
    if PEER not in rates:
        return
    ratios = [ours / theirs for ours, theirs in zip(rates[CHATD], rates[PEER])]
    print(f"{'chatd / stand-in':32}{median(ratios):12,.0f}{min(ratios):10,.0f}{max(ratios):10,.0f}")


def main():
    parser = argparse.ArgumentParser(prog="run.sh post", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each load")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--directory", help="where the databases go: on the disk to measure "
                        "(default: the temporary directory)")
    parser.add_argument("--alone", action="store_true", help="chatd without the stand-in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        report(*measure(Path(directory), options), options)


if __name__ == "__main__":
    main()
