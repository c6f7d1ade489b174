"""WebSocket fan-out: chatd's gateway beside a raw epoll server, Node's ws and the bare kernel.

Each round loads one after the other with as many subscribers and events of the same length, and
chatd once more beside idle gateway sockets; every second round does so in the opposite order. What
the machine does meanwhile meets one of them or the other, so that there are many short rounds. The
tables show medians, and the median of the ratios within a round. chatd commits each message to the
disk before it goes out, the others pass on what they get.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from operator import truediv
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.daemon import Daemon
from chatlib.people import User

WS_VERSION = "8.23.0"
# Subscribers are several sockets each of so many members: a password's hash takes too long for
# thousands of them.
MEMBERS = 10
# What bench-fan's bare publish has around the content: {"content":""}
BARE = 14
CHATD, IDLE, RAW, WS = "chatd", "chatd beside idle sockets", "raw epoll", "node ws"
KERNEL = "the kernel's limit"


class Target:
    """A server to load: what bench-fan is told."""

    def __init__(self, pid, port, *arguments):
        self.pid = pid
        self.address = f"127.0.0.1:{port}"
        self.arguments = arguments

    def load(self, subscribers, size, options, *more):
        """One round; the figures that bench-fan prints, by name."""
        command = [BUILD / "tests/bench-fan", "--subscribers", subscribers, "--size", size,
                   "--window", options.window, "--seconds", options.seconds, "--pid", self.pid,
                   *more, self.address, *self.arguments]
        done = subprocess.run(map(str, command), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the load failed: {done.stdout}{done.stderr}")
        return {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", done.stdout)}


def gateway(user):
    return f"/gateway?token={user.token}"


class Chatd(Target):
    """chatd with a place to publish in, and a user with another place, who hears nothing of it."""

    def __init__(self, daemon):
        owner, idler = User(daemon), User(daemon)
        place = owner.place()
        idler.place()
        members = [place.join(User(daemon)) for _ in range(MEMBERS)]
        super().__init__(daemon.process.pid, daemon.port, "--publisher", gateway(owner),
                         "--channel", place.general, "--idle-path", gateway(idler),
                         *map(gateway, members))

    def content_size(self, options):
        """The content that makes an event of options.size bytes, and how long one then is."""
        measured = argparse.Namespace(window=1, seconds=1)
        around = self.load(1, 1, measured)["event_bytes"] - 1
        size = max(1, round(options.size - around))
        return size, round(around) + size


class Kernel:
    """No server at all: one process that only sends and one that only reads."""

    def load(self, subscribers, size, options):
        command = [BUILD / "tests/bench-kernel", "--subscribers", subscribers, "--size", size,
                   "--window", options.window, "--seconds", options.seconds]
        done = subprocess.run(map(str, command), capture_output=True, text=True, check=True)
        figures = {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", done.stdout)}
        return figures | {"server_cpu": 1, "client_cpu": 1}


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

def note(rates, name, figures):
    rates.setdefault(name, []).append(figures["deliveries_per_s"])
    print(f"  {name}: {figures['deliveries_per_s']:,.0f}/s of {figures['event_bytes']:.0f} bytes; "
          f"CPU {figures['server_cpu']:.2f}, the load's {figures['client_cpu']:.2f}",
          file=sys.stderr, flush=True)


def measure(directory, options):
    """The rates of all rounds by subscribers and name, and kB of memory per idle socket."""
    rates, memory = {n: {} for n in options.subscribers}, 0
    with ExitStack() as stack:
        chatd = Chatd(stack.enter_context(Daemon(directory)))
        size, event = chatd.content_size(options)
        raw = stack.enter_context(peer(BUILD / "tests/bench-raw"))
        loads = [(CHATD, chatd, size), (RAW, raw, event - BARE), (KERNEL, Kernel(), event)]
        if not options.no_ws:
            ws = stack.enter_context(peer("node", HERE / "ws_peer.mjs", installed_ws()))
            loads.append((WS, ws, event - BARE))
        if options.idle:
            loads.append((IDLE, chatd, size, "--idle", options.idle))
        for number in range(1, options.rounds + 1):
            for count in options.subscribers:
                print(f"round {number} of {options.rounds}, {count} subscribers", file=sys.stderr)
                for name, target, length, *more in loads:
                    figures = target.load(count, length, options, *more)
                    note(rates[count], name, figures)
                    memory = max(memory, figures.get("server_kb_per_idle", 0))
            loads.reverse()
    return rates, memory, event


def report(rates, memory, event, options):
    print(f"{event}-byte events, a window of {options.window}, {options.rounds} rounds of "
          f"{options.seconds} s each, {os.cpu_count()} processors; medians")
    print(f"{'':32}{'deliveries/s':>14}{'least':>12}{'most':>12}{'chatd / it':>12}")
    for count, by_name in rates.items():
        print(f"{count} subscribers")
        for name, each in by_name.items():
            ratio = median(map(truediv, by_name[CHATD], each))
            print(f"  {name:30}{median(each):14,.0f}{min(each):12,.0f}{max(each):12,.0f}"
                  f"{ratio:12.2f}")
        if IDLE in by_name:
            ratio = median(map(truediv, by_name[IDLE], by_name[CHATD]))
            print(f"  {'beside idle / without':30}{ratio:14.2f}")
    # Memory that chatd once had is used again, so that the first opening says the most.
    if options.idle:
        print(f"{options.idle} idle gateway sockets: {memory:.2f} kB each")


def main():
    parser = argparse.ArgumentParser(prog="run.sh fan", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=1, help="of each load")
    parser.add_argument("--subscribers", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--window", type=int, default=64, help="publishes under way")
    parser.add_argument("--size", type=int, default=300, help="bytes of an event, if it can be")
    parser.add_argument("--idle", type=int, default=10000, help="gateway sockets beside them")
    parser.add_argument("--directory", help="where the database goes: on the disk to measure "
                        "(default: the temporary directory)")
    parser.add_argument("--no-ws", action="store_true", help="without Node's ws")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        report(*measure(Path(directory), options), options)


if __name__ == "__main__":
    main()
