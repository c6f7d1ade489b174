"""A long history and many idle sockets: what they cost beside a short one and none.

The same questions to two databases, one of millions of messages and one of a thousand: the start, the
newest page, deep pages, a resume 9,999 changes behind, the deletion of most of it with what others
feel meanwhile. Then idle gateway sockets against none. Messages and users are made by SQL.
"""

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.bulk import add_messages, add_server, add_users, bulk
from chatlib.crowd import Crowd, DeafEar
from chatlib.daemon import Daemon, until
from chatlib.gateway import Gateway
from chatlib.people import User, ok

BEHIND = 9999  # the most that a resume replays
SOCKETS_PER_USER = 50
REPEATS = 50
PACE = 0.02  # seconds between two sends while it purges


def milliseconds(step, repeats=1):
    """The median of what step() takes."""
    took = []
    for _ in range(repeats):
        start = time.monotonic()
        step()
        took.append((time.monotonic() - start) * 1000)
    return median(took)


def cpu(pid):
    """Seconds of CPU that the process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- a long history ---

def history(directory, messages, doomed, seconds):
    """The figures of a database with so many messages in one channel, in ms, and with as many of them
    as `doomed` says in another, which is deleted."""
    figures = {}
    with Daemon(directory) as daemon:
        user = User(daemon)
        general = user.place().general
    with bulk(directory / "chat.db") as db:
        server, (channel, other) = add_server(db, user.id, [], 2)
        first = add_messages(db, server, [channel], user.id, messages - doomed)
        add_messages(db, server, [other], user.id, doomed)
        rev = db.execute("SELECT rev FROM servers WHERE id = ?", (server,)).fetchone()[0]
    begun = time.monotonic()
    with Daemon(directory) as daemon:
        figures["start"] = (time.monotonic() - begun) * 1000
        user.daemon = daemon
        user.close()

        def page(query):
            return milliseconds(lambda: ok(user.get(f"/channels/{channel}/messages?{query}")), REPEATS)

        middle = first + (messages - doomed) // 2
        figures["newest page"] = page("limit=50")
        figures["page before the middle"] = page(f"limit=50&before={middle}")
        figures["page around the middle"] = page(f"limit=50&around={middle}")
        figures["page that skips 10,000"] = page("limit=50&skip=10000")
        figures["ready"] = milliseconds(lambda: opened(user), REPEATS)
        behind = max(1, rev - BEHIND)
        figures["resume, each 1,000 of up to 9,999"] = 1000 / (rev - behind) * milliseconds(
            lambda: resumed(user, server, behind))
        user.send(general, "first")  # the first sync waits for what SQL has written before
        figures["deletion"] = milliseconds(lambda: ok(user.delete(f"/channels/{other}"), 204))
        feel, begun = [], time.monotonic()
        while time.monotonic() - begun < seconds:
            feel.append(milliseconds(lambda: user.send(general, "meanwhile")))
            time.sleep(PACE)
        figures["a send meanwhile"] = median(feel)
        took = time.monotonic() - begun
    purged = doomed - rows_of(directory / "chat.db", other)
    figures["purged, 1,000 rows a second"] = purged / took / 1000
    return figures


def opened(user):
    with Gateway(user) as socket:
        socket.ready()


def resumed(user, server, rev):
    with Gateway(user, hold=True) as socket:
        epoch = socket.ready()["epoch"]
        socket.resume(epoch, {f"s{server}": rev})
        while socket.recv()["type"] not in ("resumed", "resync"):
            pass


def rows_of(database, channel):
    """Asked when chatd has ended: it uses its database alone."""
    with closing(sqlite3.connect(database)) as db:
        return db.execute("SELECT count(*) FROM messages WHERE channel_id = ? AND deleted = 0",
                          (channel,)).fetchone()[0]


# --- idle sockets ---

def idle(directory, sockets, seconds):
    """The CPU, as a share of one core, of a chatd with so many sockets on which nothing happens."""
    with Daemon(directory) as daemon:
        user = User(daemon)
        user.place()
    with bulk(directory / "chat.db") as db:
        ids = add_users(db, max(1, sockets // SOCKETS_PER_USER))
    with Daemon(directory) as daemon, Crowd() as crowd:
        for _ in range(sockets // len(ids)):
            crowd.open(daemon.address, ids, kind=DeafEar)
        crowd.until(lambda: all(ear.ready for ear in crowd.ears), 120)
        quiet(daemon.process.pid)
        before, begun = cpu(daemon.process.pid), time.monotonic()
        while time.monotonic() - begun < seconds:
            crowd.turn(0.5)
        return (cpu(daemon.process.pid) - before) / (time.monotonic() - begun)


def quiet(pid):
    """Waits until what the opening brought about is done."""
    def rests():
        before = cpu(pid)
        time.sleep(0.5)
        return cpu(pid) - before < 0.1
    until(rests, "chatd to be idle", 30)


# --- the run ---

def report(figures, shares, options):
    few, many = figures
    print(f"messages: {options.messages:,} beside {options.few:,}, {os.cpu_count()} processors")
    print(f"{'milliseconds':34}{'few':>12}{'many':>12}{'many / few':>12}")
    for name, less in few.items():
        print(f"{name:34}{less:12.2f}{many[name]:12.2f}{many[name] / max(less, 0.01):12.2f}")
    print(f"{options.idle:,} idle sockets: {100 * shares[1]:.2f} % of a core, none: {100 * shares[0]:.2f} %")


def main():
    parser = argparse.ArgumentParser(prog="run.sh scale", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5000000)
    parser.add_argument("--few", type=int, default=1000, help="messages to compare with")
    parser.add_argument("--seconds", type=int, default=20, help="of purging, and of being idle")
    parser.add_argument("--idle", type=int, default=10000, help="gateway sockets")
    parser.add_argument("--directory", help="where the databases go: on the disk to measure "
                        "(default: the temporary directory)")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures, shares = [], []
    for count in (options.few, options.messages):
        with tempfile.TemporaryDirectory(dir=options.directory) as directory:
            print(f"{count:,} messages …", file=sys.stderr, flush=True)
            figures.append(history(Path(directory), count, count // 5, options.seconds))
    for count in (0, options.idle):
        with tempfile.TemporaryDirectory(dir=options.directory) as directory:
            print(f"{count:,} idle sockets …", file=sys.stderr, flush=True)
            shares.append(idle(Path(directory), count, options.seconds))
    report(figures, shares, options)


if __name__ == "__main__":
    main()
