"""When the descriptors are used up, who comes next is told so, and those who are there are served."""

import os
import resource
import time

import pytest

from chatlib import Connection, Daemon, until
from chatlib.http1 import request_bytes
from chatlib.recorder import check_reply
from chatlib.tls import OPTIONS, make_certificate

LIMIT = 128
# More than are kept for refusing.
CROWD = 60

ABOUT = request_bytes("GET", "/")
HEALTH = request_bytes("GET", "/health")


def limit_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


class Full:
    """A chatd on which no connection is free; `inside` are those that it serves."""

    def __init__(self, daemon, tls):
        self.daemon = daemon
        self.tls = tls
        self.inside = []
        self.outside = []
        while len(self.inside) < LIMIT:
            wire = self.connect()
            if ask(wire, ABOUT).status != 200:
                break
            self.inside.append(wire)
        assert len(self.inside) < LIMIT - 64

    def connect(self):
        wire = Connection(self.daemon.address, tls=self.tls)
        self.outside.append(wire)
        return wire

    def files(self):
        return len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))

    def close(self):
        for wire in [*self.inside, *self.outside]:
            wire.close()


@pytest.fixture(name="full", params=["plain", "tls"])
def fixture(request, tmp_path):
    tls = make_certificate(tmp_path) if request.param == "tls" else None
    options = OPTIONS if tls else ()
    with Daemon(tmp_path, "--rate-limit", "off", *options, preexec=limit_descriptors) as daemon:
        full = Full(daemon, tls)
        yield full
        full.close()


def ask(wire, request):
    wire.send(request)
    reply = wire.read_reply()
    check_reply(reply)
    return reply


def test_the_refusal_is_an_answer(full):
    for request in (ABOUT, request_bytes("POST", "/auth/login", body=b"{}"), request_bytes("GET", "/gateway", [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")])):
        wire = full.connect()
        reply = ask(wire, request)
        assert (reply.status, reply.code(), reply.header("Connection")) == (503, "busy", "close")
        assert wire.finished() == b""
        wire.close()
    assert {ask(wire, ABOUT).status for wire in full.inside} == {200}
    assert "out of descriptors" in full.daemon.log()


def test_health_is_heard(full):
    wire = full.connect()
    reply = ask(wire, HEALTH)
    assert (reply.status, reply.header("Connection")) == (200, "close")
    assert wire.finished() == b""


def test_a_crowd_is_refused_one_by_one(full):
    wires = []
    for _ in range(CROWD):
        wires.append(Connection(full.daemon.address))
        full.outside.append(wires[-1])
    if full.tls:
        for wire in wires[::-1]:  # in the way of the handshakes behind them
            wire.close()
        wires = [full.connect()]
    for wire in wires:
        wire.send(ABOUT)
    for wire in wires:
        assert wire.read_reply().status == 503
        assert wire.finished() == b""
        wire.close()


def test_silence_costs_no_work_and_ends(full):
    """Those who say nothing are soon closed; nothing goes round and round meanwhile."""
    def cpu():
        with open(f"/proc/{full.daemon.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before, begun = cpu(), time.monotonic()
    silent = [Connection(full.daemon.address) for _ in range(CROWD)]
    assert all(wire.closed() for wire in silent)
    assert cpu() - before < (time.monotonic() - begun) / 4
    for wire in silent:
        wire.close()
    assert {ask(wire, ABOUT).status for wire in full.inside} == {200}


def test_who_leaves_makes_room(full):
    for wire in full.inside:
        wire.close()
    full.inside.clear()

    def served():
        with Connection(full.daemon.address, tls=full.tls) as wire:
            return ask(wire, ABOUT).status == 200

    until(served, "a connection to be free")
    before = full.files()
    assert before < LIMIT - 64
