"""A network that comes back: the client does not wait for the end of its backoff."""

import ctypes
import fcntl
import os
import socket
import struct
import time

import pytest

from chatlib import until

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
LONG_MS = 4000  # a time to wait that is not over by chance
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
