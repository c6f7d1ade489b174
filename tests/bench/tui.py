#!/usr/bin/python3
"""What chattui costs: bytes to the terminal, wake-ups, memory, time to the first screen; with irssi
beside it. Each figure stands beside its budget."""

import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", TOP / "build"))
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
os.environ.setdefault("CHATTUI", str(BUILD / "chattui/chattui"))
CHATCTL = os.environ.get("CHATCTL", str(BUILD / "chatctl/chatctl"))
sys.path.insert(0, str(TOP / "tests/lib"))

from chatlib import Client, Daemon, Terminal, User, recorder, tui  # noqa: E402

WORDS = sorted(set(re.findall("[a-z]{2,}", Path(__file__).read_text())))
SIZE = {"rows": 40, "cols": 120}


def line(number):
    """A line of chat, of one row; none is like the one before."""
    choice = random.Random(number)
    return f"{number} " + " ".join(choice.choices(WORDS, k=choice.randint(3, 9)))[:48].strip()


def show(name, figure, budget="", peer=""):
    print(f"{name:44} {figure:>12} {budget:>12} {peer:>12}", flush=True)


def status(pid, field):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", text)[1])


def switches(pid):
    """Times that any thread of it went to sleep, which is how often it woke."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)",
                               (task / "status").read_text())[1])
    return total


def wakeups(terminal, seconds=10):
    terminal.quiet(2)
    before = switches(terminal.pid)
    time.sleep(seconds)
    return (switches(terminal.pid) - before) / seconds


def bytes_for(terminal, action, text):
    """Bytes of output until the text is there and nothing more comes."""
    before = terminal.sent
    action()
    terminal.shows(text)
    terminal.quiet(0.3)
    return terminal.sent - before


class Irc:
    """As much of an IRC server as irssi needs."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.joined = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def say(self, text):
        self.peer.sendall(f":bob!b@h PRIVMSG #general :{text}\r\n".encode())

    def serve(self):
        self.peer, _ = self.listener.accept()
        for request in self.peer.makefile("r"):
            words = request.split()
            if words[0] == "USER":
                self.peer.sendall(b":s 001 alice :hi\r\n:s 376 alice :end\r\n")
            elif words[0] == "JOIN":
                self.peer.sendall(b":alice!a@h JOIN #general\r\n:s 366 alice #general :end\r\n")
                self.joined.set()
            elif words[0] == "PING":
                self.peer.sendall(f":s PONG s {words[1]}\r\n".encode())


def measure_irssi(directory, messages):
    """Figures of irssi where it is installed."""
    if not shutil.which("irssi"):
        return {}
    irc, begun = Irc(), time.monotonic()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8",
                   "HOME": directory}
    figures = {}
    with Terminal(["irssi", "-c", "127.0.0.1", "-p", str(irc.port), "-n", "alice",
                   f"--home={directory}/irssi"], environment, **SIZE) as peer:
        peer.shows("irssi")
        figures["paint"] = f"{(time.monotonic() - begun) * 1000:.0f} ms"
        peer.quiet(1)
        peer.type("/join #general\r")
        peer.until(irc.joined.is_set, "the join")
        peer.quiet(1)
        costs = []
        for i in range(60):
            cost = bytes_for(peer, lambda i=i: irc.say(line(i)), line(i)[:20])
            costs += [cost] if i >= 45 else []
        figures["line"] = f"{statistics.mean(costs):.0f} B"
        costs = [bytes_for(peer, lambda k=k: peer.type(k), "") for k in "hello"]
        figures["key"] = f"{max(costs)} B"
        for i in range(messages):
            irc.say(line(i))
            peer.pump()
        irc.say("the end of it")
        peer.shows("the end of it", seconds=60)
        figures["memory"] = f"{status(peer.pid, 'VmRSS') / 1024:.1f} MB"
        figures["wakeups"] = f"{wakeups(peer):.1f} /s"
    return figures


def scene(daemon):
    """alice and bob in a place whose channels and members fill both side panes."""
    alice, bob = User(daemon, "alice"), User(daemon, "bob")
    place = alice.place("acme")
    place.join(bob)
    for i in range(45):
        place.channel(f"channel-{i}")
        place.join(User(daemon, f"member-{i}", login=True))
    return alice, bob, place


def send_lines(daemon, user, place, numbers):
    environment = os.environ | {"CHATCTL_URL": f"http://127.0.0.1:{daemon.port}",
                                "CHATCTL_TOKEN": user.token}
    text = "".join(line(i) + "\n" for i in numbers)
    subprocess.run([CHATCTL, "send", str(place.general), "--lines"], input=text.encode(),
                   env=environment, stdout=subprocess.DEVNULL, check=True)


def measure_lines(bob, alice, place, home, name, peer="", budget="300 B", **how):
    """The mean of a new line's bytes when the pane is full."""
    costs = []
    with tui(alice, home, **SIZE, **how) as screen:
        screen.shows("online")
        screen.quiet(1)
        for i in range(24):
            costs.append(bytes_for(
                screen, lambda i=i: bob.send(place.general, line(1000 + i)), line(1000 + i)[:20]))
    show(name, f"{statistics.mean(costs):.0f} B", budget, peer)


def measure_screen(alice, home, peer):
    """First screen from the cache, keys, resizes."""
    paints = []
    for _ in range(5):
        begun = time.monotonic()
        with tui(alice, home, **SIZE) as screen:
            while "channel-1" not in screen.text() or "│bob" in screen.text():
                screen.pump(0.001)
            paints.append((time.monotonic() - begun) * 1000)
    show("first screen from the cache, with fork", f"{statistics.median(paints):.0f} ms", "50 ms",
         peer.get("paint", ""))
    with tui(alice, home, **SIZE) as screen:
        screen.shows("online")
        screen.quiet(1)
        costs = [bytes_for(screen, lambda k=k: screen.type(k), "") for k in "hello world"]
        show("a key's echo, the most", f"{max(costs)} B", "10 B", peer.get("key", ""))
        screen.type("\x15")
        screen.quiet()
        begun = time.monotonic()
        screen.resize(30, 100)
        screen.until(lambda: screen.lines()[-1].startswith(">"), "the new size")
        show("resize", f"{(time.monotonic() - begun) * 1000:.0f} ms", "50 ms")
        screen.quiet(1)
        show("wake-ups when idle", f"{wakeups(screen):.1f} /s", "2 /s", peer.get("wakeups", ""))


def measure_flood(daemon, alice, bob, place, home, lines, peer):
    with tui(alice, home, **SIZE) as screen:
        screen.shows("online")
        screen.quiet(1)
        before, begun = screen.sent, time.monotonic()
        sender = threading.Thread(
            target=send_lines, args=(daemon, bob, place, range(5000, 5000 + lines)))
        sender.start()
        while sender.is_alive():
            screen.pump(0.05)
        screen.shows(line(5000 + lines - 1)[:20], seconds=60)
        screen.quiet(2.5)
        seconds = time.monotonic() - begun
        show(f"a flood of {lines} lines in {seconds:.0f} s", f"{(screen.sent - before) / 1000:.0f} kB",
             f"{lines // 1000} kB")
        show(f"memory with {min(lines, 20000)} messages", f"{status(screen.pid, 'VmRSS') / 1024:.1f} MB",
             "20 MB", peer.get("memory", ""))


def main():
    parser = argparse.ArgumentParser(prog="run.sh tui", description=__doc__)
    parser.add_argument("--flood", type=int, default=10000, metavar="LINES")
    lines = parser.parse_args().flood
    with tempfile.TemporaryDirectory() as directory, Daemon(directory) as daemon:
        recorder.load(Client(daemon).get("/openapi.json").json())
        peer = measure_irssi(directory, min(lines, 10000))
        alice, bob, place = scene(daemon)
        send_lines(daemon, bob, place, range(100))
        home = Path(directory, "home")
        show("at 120x40", "chattui", "budget", "irssi" if peer else "")
        measure_lines(bob, alice, place, home, "a new line, terminal with margins",
                      peer.get("line", ""))
        measure_lines(bob, alice, place, home, "a new line, none, over SSH (jump)",
                      term="tmux-256color", env={"SSH_CONNECTION": "1"})
        # Nothing is sent anywhere: the terminal scrolls as people like it.
        measure_lines(bob, alice, place, home, "a new line, none, local (smooth)", budget="",
                      term="tmux-256color")
        measure_screen(alice, home, peer)
        measure_flood(daemon, alice, bob, place, home, lines, peer)


if __name__ == "__main__":
    main()
