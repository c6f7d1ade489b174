"""A small WebSocket client (RFC 6455) that can also send frames that are not valid."""

import base64
import json
import os
import struct
import time

from . import contract
from .http1 import Closed, Connection, request_bytes
from .patience import PATIENCE
from .recorder import check_reply

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload=b"", fin=True, reserved=0, mask=True, length=None):
    """A frame as a client sends it. length: what the header says, if not the truth."""
    length = len(payload) if length is None else length
    head = bytes([fin << 7 | reserved << 4 | opcode])
    flag = 0x80 if mask else 0
    if length < 126:
        head += bytes([flag | length])
    elif length < 65536:
        head += bytes([flag | 126]) + struct.pack(">H", length)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", length)
    if not mask:
        return head + payload
    key = os.urandom(4)
    stream = key * (len(payload) // 4 + 1)
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(stream[:len(payload)], "big")
    return head + key + masked.to_bytes(len(payload), "big")


class Socket:
    """One WebSocket. After a refusal `status` is the reply's and nothing else works.

    handshake: the request's bytes, instead of the usual ones.
    """

    def __init__(self, address, path, headers=(), receive_buffer=None, tls=None, handshake=None):
        self.connection = Connection(address, receive_buffer=receive_buffer, tls=tls)
        self.events = []   # everything that came, in order
        self.pongs = []    # payloads of protocol pongs
        self.code = None   # the close code; 1005 for a close frame without one
        self.partial = b""
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
                   ("Sec-WebSocket-Key", key), ("Sec-WebSocket-Version", "13"), *headers]
        self.connection.send(handshake or request_bytes("GET", path, upgrade))
        self.reply = self.connection.read_reply()
        self.status = self.reply.status
        if self.status != 101:
            check_reply(self.reply)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Leaves without a word, as a crashed client does."""
        self.connection.close()

    def send(self, event):
        self.send_text(json.dumps(event))

    def send_text(self, text):
        self.send_frame(TEXT, text.encode() if isinstance(text, str) else text)

    def send_frame(self, opcode, payload=b"", **how):
        self.connection.send(frame(opcode, payload, **how))

    def say(self, content, **data):
        self.send({"type": "message", "data": {"content": content, **data}})

    def read_frame(self, seconds=PATIENCE):
        """The next frame, as (opcode, whether it is final, payload); nothing is done about it."""
        self.connection.sock.settimeout(max(seconds, 0.001))
        while True:
            need = self._frame_length(self.connection.buffer)
            if need and len(self.connection.buffer) >= need:
                data = self.connection.take(need)
                break
            self.connection.more()
        assert not data[0] & 0x70, "a reserved bit is set"
        assert not data[1] & 0x80, "a server's frame is masked"
        start = {126: 4, 127: 10}.get(data[1], 2)
        return data[0] & 15, bool(data[0] & 128), data[start:]

    @staticmethod
    def _frame_length(data):
        if len(data) < 2 or (data[1] == 126 and len(data) < 4) or (data[1] == 127 and len(data) < 10):
            return None
        if data[1] == 126:
            return 4 + struct.unpack(">H", data[2:4])[0]
        if data[1] == 127:
            return 10 + struct.unpack(">Q", data[2:10])[0]
        return 2 + data[1]

    def recv(self, seconds=PATIENCE):
        """The next event. TimeoutError when none comes; Closed at the end, with `code` set."""
        deadline = time.monotonic() + seconds
        while True:
            opcode, fin, payload = self.read_frame(deadline - time.monotonic())
            if opcode == CLOSE:
                self.code = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005
                raise Closed(self.code)
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == PONG:
                self.pongs.append(payload)
                return {"type": "(protocol pong)"}
            elif fin:
                event = json.loads((self.partial + payload).decode("utf-8"))
                self.partial = b""
                check_event(event)
                self.events.append(event)
                return event
            else:
                self.partial += payload

    def expect(self, kind, seconds=PATIENCE, **wanted):
        """The data of the next event of this type with these members; others are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            event = self.recv(deadline - time.monotonic())
            data = event.get("data") or {}
            if event["type"] == kind and all(data.get(k) == v for k, v in wanted.items()):
                return data

    def drain(self, kind=None):
        """What came up to now: everything that chatd queued before it answers a ping."""
        start = len(self.events)
        self.send({"type": "ping"})
        self.expect("pong")
        came = self.events[start:-1]
        return [event["data"] for event in came if event["type"] == kind] if kind else came

    def close_code(self, seconds=PATIENCE):
        """The code that chatd closes with; None when it drops the connection without one."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.recv(deadline - time.monotonic())
        except Closed:
            return self.code


def check_event(event):
    """An event has its table row's members and no others."""
    assert set(event) - {"type", "data"} in (set(), {"scope", "rev"}), event
    kind = event["type"]
    assert kind in contract.EVENTS, event
    if contract.EVENTS[kind] == "none":
        return
    fields = contract.OBJECTS[contract.EVENTS[kind]]
    extra = {"username"} if kind == "message" else set()
    required = {name for name, row in fields.items() if "REQUIRED" in row.flags}
    assert required | extra <= set(event["data"]) <= set(fields) | extra, event
