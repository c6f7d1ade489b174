"""Who is shut out is told why, whatever it is sending."""

import select
import ssl

import pytest

from chatlib import Connection, Daemon, User
from chatlib.http1 import request_bytes
from chatlib.tls import OPTIONS, make_certificate
from chatlib.ws import TEXT, Socket, frame

TIMES = 10
FLOOD = frame(TEXT, b'{"type":"message","data":{"content":"' + b"x" * 500 + b'"}}') * 100
# What is sent before the kick: more than chatd takes at a time.
HEAD_START = 1 << 20
BLOCKED = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Flooder:
    """Sends frames as fast as they are taken, and reads what comes."""

    def __init__(self, socket):
        self.socket = socket
        self.sock = socket.connection.sock
        self.sock.setblocking(False)
        self.at = self.sent = 0
        self.ended = False

    def turn(self):
        can_read, can_write, _ = select.select([self.sock], [self.sock], [], 5)
        if can_write:
            self.send()
        if can_read:
            self.read()
        return can_write

    def send(self):
        try:
            n = self.sock.send(FLOOD[self.at:])
        except BLOCKED:
            return
        self.sent += n
        self.at = (self.at + n) % len(FLOOD)

    def read(self):
        try:
            data = self.sock.recv(1 << 20)
        except BLOCKED:
            return
        self.socket.connection.buffer += data
        self.ended = not data

    def close_code(self):
        self.sock.settimeout(10)
        return self.socket.close_code()


class Room:
    """An owner's server, and a member who is let in again after each kick."""

    def __init__(self, daemon):
        self.owner, self.member = User(daemon), User(daemon)
        self.place = self.owner.place()
        self.code = self.place.invite()
        self.owner.close()
        self.member.close()

    def call(self, daemon, tls, user, method, path):
        with Connection(daemon.address, tls=tls) as wire:
            wire.send(request_bytes(method, path, [("Authorization", f"Bearer {user.token}")]))
            assert wire.read_reply().status in (200, 204)

    def flood(self, daemon, tls):
        """The code with which the member's socket is closed while it sends."""
        self.call(daemon, tls, self.member, "POST", f"/invites/{self.code}")
        path = f"/ws/{self.member.id}/{self.place.id}/{self.place.general}?token={self.member.token}"
        with Socket(daemon.address, path, tls=tls) as socket:
            socket.drain()
            flooder = Flooder(socket)
            while flooder.sent < HEAD_START and flooder.turn():
                pass
            self.call(daemon, tls, self.owner, "DELETE", f"{self.place.path}/members/{self.member.id}")
            while not flooder.ended:
                flooder.turn()
            return flooder.close_code()


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_member_who_is_kicked_while_sending(tmp_path, secure):
    tls = make_certificate(tmp_path) if secure else None
    with Daemon(tmp_path) as daemon:
        room = Room(daemon)
    with Daemon(tmp_path, "--rate-limit", "off", *(OPTIONS if secure else ())) as daemon:
        assert [room.flood(daemon, tls) for _ in range(TIMES)] == [4003] * TIMES
