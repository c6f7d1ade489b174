"""A crowd that comes back at once, with and without somebody beside it who asks for too much.

After an outage every user of a community opens a gateway at the same moment, with much unread in
every channel. How long until all have `ready`, and what do others feel meanwhile: history, /health
and sends, each asked at a steady pace by somebody who has nothing to do with the crowd? Then the same
beside one abuser of each kind, within its rate limits. The table has the figures, and those with the
abuser divided by those without. Users and messages are made by SQL.
"""

import argparse
import itertools
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections import namedtuple
from math import inf
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
os.environ.setdefault("CHATD", str(BUILD / "chatd/chatd"))
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
from chatlib.bulk import add_messages, add_server, add_users, bulk
from chatlib.crowd import Crowd, DeafEar, Ear
from chatlib.daemon import Daemon
from chatlib.http1 import Closed, Connection, request_bytes
from chatlib.people import User, jwt, now

READY, CPU, LOOP = "all ready s", "CPU s", "its loop s"
PACE = 0.05  # seconds between two requests of a probe

World = namedtuple("World", "crowd channel bystander place abuser heap first messages")


def token_of(user):
    return jwt({"sub": str(user), "exp": now() + 3600})


# --- what is there ---

def build(directory, options):
    """The community with all that is unread, a bystander with a channel of its own, and the abuser."""
    with Daemon(directory) as daemon:
        owner = User(daemon)
        owner.place()
        bystander = owner.id
    with bulk(directory / "chat.db") as db:
        crowd = add_users(db, options.users)
        author, abuser = add_users(db, 2)
        for _ in range(options.servers):
            server, channels = add_server(db, author, crowd, options.channels)
            add_messages(db, server, channels, author, options.unread)
        _, (place, *_) = add_server(db, bystander, [], 1)
        server, heap = add_server(db, author, [abuser], 1)
        first = add_messages(db, server, heap, author, options.heap)
    return World(crowd, channels[0], bystander, place, abuser, heap[0], first, options.heap)


# --- others, each in a process of its own ---

class Flag:
    """Says to all processes that it is over. Without a lock, which who ends could take along."""

    def __init__(self):
        self.value = multiprocessing.RawValue("b", 0)

    def set(self):
        self.value.value = 1

    def is_set(self):
        return bool(self.value.value)

    def wait(self, seconds):
        if not self.is_set():
            time.sleep(seconds)
        return self.is_set()



def request(method, path, user=None, body=None):
    headers = [("Authorization", f"Bearer {token_of(user)}")] if user else []
    if body:
        headers.append(("Content-Type", "application/json"))
    return request_bytes(method, path, headers, body and body.encode())


def probe(address, data, stop, found):
    """Asks at a steady pace until told to stop; what each took, in ms."""
    took = []
    with Connection(address, source="127.0.0.2") as connection:
        while not stop.is_set():
            start = time.monotonic()
            connection.send(data)
            status = connection.read_reply().status
            took.append((time.monotonic() - start) * 1000)
            assert status in (200, 201), status
            time.sleep(max(0, PACE - took[-1] / 1000))
    found.put(took)


def forever(address, requests, stop):
    """One request after the other, as fast as the rate limit lets it."""
    while not stop.is_set():
        try:
            with Connection(address, source="127.0.0.3") as connection:
                while not stop.is_set():
                    connection.send(next(requests))
                    if connection.read_reply().status == 429:
                        stop.wait(0.2)
        except (Closed, OSError):
            stop.wait(0.05)


def on_connections(count, address, requests, stop):
    for _ in range(count):
        threading.Thread(target=forever, args=(address, requests(), stop), daemon=True).start()
    while not stop.wait(0.1):
        pass


def servers_come_and_go(world, address, stop):
    with Connection(address, source="127.0.0.3") as connection:
        while not stop.is_set():
            connection.send(request("POST", "/servers", world.abuser, '{"name": "brief"}'))
            reply = connection.read_reply()
            if reply.status == 201:
                connection.send(request("DELETE", f"/servers/{reply.json()['id']}", world.abuser))
                connection.read_reply()
            stop.wait(0.2)


def unread_asked(world, address, stop):
    data = request("GET", "/users/me/unread", world.abuser)
    on_connections(50, address, lambda: itertools.repeat(data), stop)


def markers_moved(world, address, stop):
    at = itertools.count(world.first)

    def moves():
        while True:
            yield request("PUT", f"/channels/{world.heap}/read", world.abuser,
                          f'{{"message_id": {next(at)}}}')
    on_connections(8, address, moves, stop)


def gateways_opened(world, address, stop):
    """Four hundred, again and again; none reads."""
    while not stop.is_set():
        ears = []
        try:
            for _ in range(400):
                ears.append(Ear(address, world.abuser, False))
        except OSError:
            pass
        stop.wait(0.5)
        for ear in ears:
            ear.sock.close()


ABUSERS = {
    "servers made and deleted": servers_come_and_go,
    "unread asked for on 50 connections": unread_asked,
    "read markers moved on 8": markers_moved,
    "gateways opened by one token": gateways_opened,
}


# --- the run ---

def cpu(pid):
    """Seconds that the process's threads and its first, the loop, have had."""
    tick = os.sysconf("SC_CLK_TCK")

    def of(path):
        fields = path.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / tick
    return of(Path(f"/proc/{pid}/stat")), of(Path(f"/proc/{pid}/task/{pid}/stat"))


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def start(context, target, *arguments):
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def measure(directory, world, abuse, options):
    """One storm; its figures by name."""
    context = multiprocessing.get_context("fork")
    stop, figures, processes = Flag(), {}, []
    with Daemon(directory, "--rate-limit", "on") as daemon, Crowd() as crowd:
        probes = {
            "history": request("GET", f"/channels/{world.place}/messages", world.bystander),
            "/health": request("GET", "/health"),
            "sends": request("POST", f"/channels/{world.place}/messages", world.bystander,
                             '{"content": "steady"}'),
        }
        found = {name: context.Queue() for name in probes}
        for name, data in probes.items():
            start(context, probe, daemon.address, data, stop, found[name])
        if abuse:
            processes.append(start(context, ABUSERS[abuse], world, daemon.address, stop))
        time.sleep(options.warmup)
        before, begun = cpu(daemon.process.pid), time.monotonic()
        crowd.open(daemon.address, world.crowd, kind=DeafEar)
        while not all(ear.ready for ear in crowd.ears) and time.monotonic() - begun < options.patience:
            crowd.turn(0.1)
        figures[READY] = max(ear.ready or inf for ear in crowd.ears) - begun
        used = [b - a for a, b in zip(before, cpu(daemon.process.pid))]
        figures[CPU], figures[LOOP] = used
        stop.set()
        for name, queue in found.items():
            figures[f"{name} p99 ms"] = quantile(queue.get(timeout=60), 0.99)
        for process in processes:
            process.join(5)
            process.kill()
    return figures


def report(rounds, options):
    alone = rounds.pop("nobody beside")
    print(f"{options.users} users of {options.servers} servers of {options.channels} channels with "
          f"{options.unread} unread each, {os.cpu_count()} processors")
    print(f"{'':36}" + "".join(f"{name:>16}" for name in alone))
    print(f"{'nobody beside':36}" + "".join(f"{value:16.2f}" for value in alone.values()))
    for name, figures in rounds.items():
        print(f"{name:36}" + "".join(f"{figures[key]:9.2f} {figures[key] / max(value, 0.01):5.1f}x"
                                     for key, value in alone.items()))


def main():
    parser = argparse.ArgumentParser(prog="run.sh storm", description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--channels", type=int, default=20, help="of each server")
    parser.add_argument("--unread", type=int, default=1000, help="messages of each channel")
    parser.add_argument("--heap", type=int, default=1000000, help="messages that the abuser has unread")
    parser.add_argument("--warmup", type=float, default=1, help="seconds before the crowd comes")
    parser.add_argument("--patience", type=float, default=30,
                        help="seconds after which who has no ready never gets it: inf")
    parser.add_argument("--abusers", nargs="*", metavar="KIND", choices=range(len(ABUSERS)), type=int,
                        default=list(range(len(ABUSERS))),
                        help=f"0 to {len(ABUSERS) - 1}: {', '.join(ABUSERS)}")
    parser.add_argument("--directory", help="where the database goes: on the disk to measure "
                        "(default: the temporary directory)")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rounds = {}
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        world = build(Path(directory), options)
        for name in ("nobody beside", *(list(ABUSERS)[n] for n in options.abusers)):
            print(f"{name} …", file=sys.stderr, flush=True)
            rounds[name] = measure(Path(directory), world, name if name in ABUSERS else None, options)
    report(rounds, options)


if __name__ == "__main__":
    main()
