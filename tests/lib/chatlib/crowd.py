"""Thousands of users with a gateway socket each, who only count what they hear."""

import json
import select
import socket
import sqlite3
import struct
import time
from collections import Counter

from .people import jwt, now


def populate(database, count, server):
    """Puts users into a server, past chatd, which must not run: their passwords need no hash. Returns
    the ids."""
    with sqlite3.connect(database) as db:
        first = db.execute("SELECT max(id) + 1 FROM users").fetchone()[0]
        rev = db.execute("SELECT rev FROM servers WHERE id = ?", (server,)).fetchone()[0]
        ids = range(first, first + count)
        names = ((i, f"extra{i}", f"extra{i}@example.org") for i in ids)
        db.executemany("INSERT INTO users (id, username, username_fold, email, email_fold, password_hash,"
                       " created_at) VALUES (?1, ?2, ?2, ?3, ?3, '!', 0)", names)
        rows = ((server, i, rev + n + 1) for n, i in enumerate(ids))
        db.executemany("INSERT INTO members (server_id, user_id, role, joined_at, created_rev, rev)"
                       " VALUES (?1, ?2, (SELECT min(role) FROM members), 0, ?3, ?3)", rows)
        db.execute("UPDATE servers SET rev = ? WHERE id = ?", (rev + count, server))
    db.close()
    return list(ids)


class Ear:
    """One socket. `opened` and `ready`: when it began to connect, and was. `told`: what an attentive
    one has heard of others' statuses, the latest of each."""

    def __init__(self, address, user, attentive):
        token = jwt({"sub": str(user), "exp": now() + 3600})
        self.user = user
        self.attentive = attentive
        self.opened = time.monotonic()
        self.ready = None
        self.buffer = b""
        self.frames = Counter()
        self.told = {}
        # From an address of its own, as each of a crowd has.
        source = f"127.{1 + (user >> 16)}.{user >> 8 & 255}.{user & 255}"
        self.sock = socket.create_connection(address, source_address=(source, 0))
        self.sock.sendall(
            f"GET /gateway?token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode())

    def fileno(self):
        return self.sock.fileno()

    def take(self):
        self.buffer += self.sock.recv(1 << 20)
        if not self.frames:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.frames["(upgrade)"] += 1
            self.buffer = rest
        while (length := self._frame_length()) and len(self.buffer) >= length:
            payload = self.buffer[{126: 4, 127: 10}.get(self.buffer[1], 2):length]
            self._hear(self.buffer[0], payload)
            self.buffer = self.buffer[length:]

    def _frame_length(self):
        data = self.buffer
        if len(data) < 4 or data[1] == 127 and len(data) < 10:
            return 2 if len(data) >= 2 and data[1] == 0 else None
        if data[1] == 127:
            return 10 + struct.unpack(">Q", data[2:10])[0]
        return 4 + struct.unpack(">H", data[2:4])[0] if data[1] == 126 else 2 + data[1]

    def _hear(self, first, payload):
        if first != 0x81:
            return
        kind = payload.split(b'"', 4)[3].decode()  # {"type":"…
        self.frames[kind] += 1
        self.ready = self.ready or time.monotonic()
        if kind == "presence" and self.attentive:
            data = json.loads(payload)["data"]
            for user in (data, *data.get("others", ())):
                self.told[user["user_id"]] = user["status"]


class DeafEar(Ear):
    """Takes what comes after `ready` and looks at none of it, which costs what is measured less."""

    def take(self):
        if self.ready:
            self.sock.recv(1 << 20)
        else:
            super().take()


class Crowd:
    """Ears that are read together."""

    def __init__(self):
        self.ears = []
        self.epoll = select.epoll()
        self.by_fd = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for ear in self.ears:
            ear.sock.close()
        self.epoll.close()

    def open(self, address, users, attentive=50, kind=Ear):
        """So many of them are attentive, the first among them."""
        step = max(1, len(users) // attentive)
        for n, user in enumerate(users):
            ear = kind(address, user, n % step == 0)
            self.ears.append(ear)
            self.by_fd[ear.fileno()] = ear
            self.epoll.register(ear, select.EPOLLIN)
            self.turn(0)

    def close(self, ears):
        for ear in ears:
            self.epoll.unregister(ear)
            del self.by_fd[ear.fileno()]
            self.ears.remove(ear)
            ear.sock.close()

    def turn(self, seconds):
        """Takes what has come; waits so long for something."""
        came = self.epoll.poll(seconds, 256)
        for fd, _ in came:
            self.by_fd[fd].take()
        return len(came)

    def until(self, done, seconds=60):
        deadline = time.monotonic() + seconds
        while not done():
            self.turn(0.1)
            assert time.monotonic() < deadline, f"waited {seconds} s in vain"

    def count(self, kind):
        return sum(ear.frames[kind] for ear in self.ears)
