"""When the client tries again: later and later, but at once where that is of use."""

import ctypes
import fcntl
import os
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from chatlib import until
from chatlib.patience import PATIENCE
from conftest import Follower

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
READY_SECONDS = 20  # in which something of the ready frame has to come
PIECE = 17000  # bytes of it; the library is told of 16 KiB at once
LONG_MS = 4000  # a time to wait that is not over by chance
BACKOFF_FIRST_MS = 200
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    if LIBC.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Network:
    """A network of its own, which has only a loopback device, and that is down."""

    def __init__(self):
        ours = os.open("/proc/self/ns/net", os.O_RDONLY)
        if LIBC.unshare(CLONE_NEWNET):
            pytest.skip("a network namespace takes root")
        self.namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        enter(ours)
        os.close(ours)

    def join(self):
        enter(self.namespace)

    def up(self):
        fcntl.ioctl(self.control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))

    def close(self):
        self.control.close()
        os.close(self.namespace)


@pytest.fixture
def network():
    network = Network()
    yield network
    network.close()


def test_a_network_that_comes_back_is_used_at_once(chatd, network, follow, place, bob):
    chatd.stop()
    chatd.preexec = network.join
    chatd.start()  # on an address that the namespace has, though nothing reaches it yet
    follower = follow(bob, preexec=network.join)

    def waits_long():
        states = follower.items("state", state="connecting")
        return states and states[-1]["retry_ms"] >= LONG_MS

    until(waits_long, "a long time to wait", 120)
    began = time.monotonic()
    network.up()
    follower.live()
    assert time.monotonic() - began < LONG_MS / 2000


def test_a_server_that_does_not_answer_is_tried_again(chatd, follow, bob):
    """It takes the connection and says nothing, as a chatd that hangs."""
    chatd.stop()
    with socket.create_server(("127.0.0.1", chatd.port)) as mute:
        follower = follow(bob)
        mute.settimeout(PATIENCE)
        with mute.accept()[0], mute.accept()[0]:
            pass
    chatd.start()
    follower.live()


class Relay:
    """Stands before chatd, and passes on what comes after the upgrade only as `pieces` says."""

    def __init__(self, chatd, pieces):
        self.chatd = chatd.port
        self.pieces = pieces
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.chatd))
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    @staticmethod
    def _up(client, server):
        with server, suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)

    def _down(self, server, client):
        with client, suppress(OSError):
            self._pass_on(server, client)

    def _pass_on(self, server, client):
        come = b""
        while b"\r\n\r\n" not in come:
            come += server.recv(65536)
        upgrade, mark, come = come.partition(b"\r\n\r\n")
        client.sendall(upgrade + mark)
        self.pieces(client, server, come)
        while data := server.recv(65536):
            client.sendall(data)

    def close(self):
        self.listener.close()


@pytest.fixture
def relay(chatd):
    started = []

    def start(pieces):
        started.append(Relay(chatd, pieces))
        return started[-1]

    yield start
    for relay in started:
        relay.close()


def test_the_ready_frame_has_to_come_however_slowly(chatd, place, bob, relay):
    """Neither is a server waited for that sends none, nor does it take a fast line."""
    for n in range(300):  # 90 kB
        place.channel(f"{n:0100}")
    pace = threading.Event()

    def without(client, server, come):
        """All but the messages, so that pings are answered."""
        def take(n):
            nonlocal come
            while len(come) < n:
                come += server.recv(65536)
            taken, come = come[:n], come[n:]
            return taken
        while True:
            head = take(2)
            wide = {126: 2, 127: 8}.get(head[1], 0)
            extra = take(wide)
            payload = take(int.from_bytes(extra, "big") if wide else head[1])
            if head[0] & 8:
                client.sendall(head + extra + payload)

    def slowly(client, server, come):
        for _ in range(4):
            while len(come) < PIECE:
                come += server.recv(65536)
            client.sendall(come[:PIECE])
            come = come[PIECE:]
            pace.wait(READY_SECONDS / 3)
        client.sendall(come)

    mute, slow = relay(without), relay(slowly)
    followers = [Follower(relay, bob) for relay in (mute, slow)]
    until(lambda: mute.connections == 2, "a second try")
    followers[1].live()
    assert slow.connections == 1
    pace.set()
    for follower in followers:
        follower.kill()


def waits(follower):
    """The times to wait that it told of, since it was live."""
    items = follower.items("state")
    last = max((n for n, item in enumerate(items) if item["state"] == "live"), default=-1)
    return [item["retry_ms"] for item in items[last + 1:] if item["state"] == "connecting"]


def test_after_a_server_that_goes_away_it_tries_at_once(chatd, follow, bob):
    follower = follow(bob).live()
    chatd.stop()
    until(lambda: waits(follower), "the loss")
    assert waits(follower)[0] == 0
    chatd.start()
    follower.live(2)


def test_backoff_doubles_with_full_jitter(chatd, follow, bob):
    followers = [follow(bob).live() for _ in range(4)]
    chatd.kill()
    until(lambda: all(len(waits(follower)) >= 5 for follower in followers), "the tries")
    for follower in followers:
        for attempt, ms in enumerate(waits(follower)[:5]):
            assert 0 <= ms <= BACKOFF_FIRST_MS << attempt
    assert len({tuple(waits(follower)[:5]) for follower in followers}) == len(followers)
    chatd.start()
    for follower in followers:
        follower.live(2)
