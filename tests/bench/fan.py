"""WebSocket fan-out: chatd's gateway beside a raw epoll server and Node's ws, in one run.

All have as many subscribers and events of the same length, and are loaded in turn, a moment each
and in the opposite order every second time, so that whatever else the machine does meets all of
them alike. One more chatd has idle gateway sockets beside its subscribers. The table shows medians,
and the median of the ratios within a round. chatd commits each message to the disk before it goes
out, the others pass on what they get.
"""

import argparse
import os
import re
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from operator import truediv
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.daemon import Daemon
from chatlib.people import User, ok

WS_VERSION = "8.23.0"
# Subscribers are several sockets each of so many members: a password's hash takes too long for
# thousands of them.
MEMBERS = 10
# What bench-fan's bare publish has around the content: {"content":""}
BARE = 14
CHATD, IDLE, RAW, WS = "chatd", "chatd beside idle sockets", "raw epoll", "node ws"


class Load:
    """bench-fan with its sockets open, which loads when it is told to."""

    def __init__(self, process):
        self.process = process
        self.opened = self.figures()

    def figures(self):
        """The next line, by name."""
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the load failed")
        return {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", line)}

    def turn(self, milliseconds):
        print(milliseconds, file=self.process.stdin, flush=True)
        return self.figures()


class Target:
    """A server to load: what bench-fan is told."""

    def __init__(self, pid, port, *arguments):
        self.pid = pid
        self.address = f"127.0.0.1:{port}"
        self.arguments = arguments

    @contextmanager
    def load(self, subscribers, size, window, *more):
        command = [BUILD / "tests/bench-fan", "--subscribers", subscribers, "--size", size,
                   "--window", window, "--pid", self.pid, *more, self.address, *self.arguments]
        with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as process:
            yield Load(process)
            process.stdin.close()


def gateway(user):
    return f"/gateway?token={user.token}"


class Chatd(Target):
    """chatd with a place to publish in, and a user with another place, who hears nothing of it."""

    def __init__(self, daemon):
        owner, idler = User(daemon), User(daemon)
        place = owner.place()
        idler.place()
        members = [place.join(User(daemon)) for _ in range(MEMBERS)]
        self.channel, self.readers = place.general, [owner, *members]
        super().__init__(daemon.process.pid, daemon.port, "--publisher", gateway(owner),
                         "--channel", place.general, "--idle-path", gateway(idler),
                         *map(gateway, members))

    @contextmanager
    def load(self, subscribers, size, window, *more):
        """Read afterwards, as by those who were there: what a socket is told when it opens counts
        what is unread, which would grow to a million messages."""
        with super().load(subscribers, size, window, *more) as load:
            yield load
        for reader in self.readers:
            newest = ok(reader.get(f"/channels/{self.channel}/messages?limit=1"))
            ok(reader.put(f"/channels/{self.channel}/read", {"message_id": newest[-1]["id"]}))

    def content_size(self, wanted):
        """The content that makes an event of so many bytes, and how long one then is."""
        with self.load(1, 1, 1) as load:
            around = load.turn(200)["event_bytes"] - 1
        size = max(1, round(wanted - around))
        return size, round(around) + size


@contextmanager
def peer(*command):
    """A server that prints its port, as the subscribers' target."""
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL) as process:
        try:
            found = re.search(r"port=(\d+)", process.stdout.readline())
            if not found:
                sys.exit(f"{command[0]} does not start")
            yield Target(process.pid, found[1], "--publisher", "/publish", "/subscribe")
        finally:
            process.kill()


def installed_ws():
    """The directory in the build's where npm has put ws."""
    directory = BUILD / f"ws-{WS_VERSION}"
    if not directory.exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--omit=optional",
                        "--prefix", directory, f"ws@{WS_VERSION}"], check=True)
    return directory


# --- the run ---

def take_turns(loads, options):
    """The figures of all rounds by name."""
    figures = {name: [] for name in loads}
    order = list(loads.items())
    for _ in range(options.rounds):
        for name, load in order:
            figures[name].append(load.turn(options.milliseconds))
        order.reverse()
    return figures


def measure(directory, options):
    """The figures by subscribers and name, kB of memory per idle socket, and an event's bytes."""
    figures, memory = {}, 0
    with ExitStack() as stack:
        chatd, beside = (Chatd(stack.enter_context(Daemon(Path(mkdtemp(dir=directory)))))
                         for _ in range(2))
        raw = stack.enter_context(peer(BUILD / "tests/bench-raw"))
        size, event = chatd.content_size(options.size)
        targets = {CHATD: (chatd, size), RAW: (raw, event - BARE)}
        if not options.no_ws:
            ws = stack.enter_context(peer("node", HERE / "ws_peer.mjs", installed_ws()))
            targets[WS] = (ws, event - BARE)
        if options.idle:
            targets[IDLE] = (beside, size)
        for count in options.subscribers:
            print(f"{options.rounds} rounds with {count} subscribers", file=sys.stderr, flush=True)
            with ExitStack() as opened:
                loads = {name: opened.enter_context(target.load(
                             count, length, options.window,
                             "--idle", options.idle if name == IDLE else 0))
                         for name, (target, length) in targets.items()}
                figures[count] = take_turns(loads, options)
                if options.idle:
                    memory = max(memory, loads[IDLE].opened["server_kb_per_idle"])
    return figures, memory, event


def column(figures, name):
    return [each[name] for each in figures]


def report(figures, memory, event, options):
    print(f"{event}-byte events, a window of {options.window}, {options.rounds} rounds of "
          f"{options.milliseconds} ms each, {os.cpu_count()} processors; medians")
    print(f"{'':28}{'deliveries/s':>14}{'least':>12}{'most':>12}{'us of CPU':>11}{'chatd / it':>12}")
    for count, by_name in figures.items():
        print(f"{count} subscribers")
        rates = {name: column(each, "deliveries_per_s") for name, each in by_name.items()}
        for name, each in rates.items():
            cpu = median(column(by_name[name], "server_us_per_delivery"))
            print(f"  {name:26}{median(each):14,.0f}{min(each):12,.0f}{max(each):12,.0f}{cpu:11.3f}"
                  f"{median(map(truediv, rates[CHATD], each)):12.2f}")
        if IDLE in rates:
            ratio = median(map(truediv, rates[IDLE], rates[CHATD]))
            print(f"  {'beside idle / without':26}{ratio:14.2f}")
    # Memory that chatd once had is used again, so that the first opening says the most.
    if options.idle:
        print(f"{options.idle} idle gateway sockets: {memory:.2f} kB each")


def main():
    parser = argparse.ArgumentParser(prog="run.sh fan", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--milliseconds", type=int, default=500, help="of each load in a round")
    parser.add_argument("--subscribers", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--window", type=int, default=64, help="publishes under way")
    parser.add_argument("--size", type=int, default=300, help="bytes of an event, if it can be")
    parser.add_argument("--idle", type=int, default=10000, help="gateway sockets beside them")
    parser.add_argument("--directory", help="where the database goes: on the disk to measure "
                        "(default: the temporary directory)")
    parser.add_argument("--no-ws", action="store_true", help="without Node's ws")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.directory) as directory:
        report(*measure(directory, options), options)


if __name__ == "__main__":
    main()
