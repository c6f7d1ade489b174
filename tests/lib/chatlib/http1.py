"""A raw HTTP/1.1 client: it sends the bytes it is given, broken or not."""

import json
import select
import socket
import ssl
import time

from .patience import PATIENCE


class Closed(Exception):
    """The peer closed the connection before a whole reply came."""


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The stable name of the error."""
        return self.json()["code"]


class Connection:
    """One TCP connection. Every wait has a deadline."""

    def __init__(self, address, timeout=PATIENCE, receive_buffer=None, source=None, tls=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.sock.bind((source, 0))
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.buffer = b""
        self.replies = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def more(self):
        """Reads what has come; Closed at the end."""
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            raise Closed(self.buffer)
        self.buffer += data

    def take(self, n):
        while len(self.buffer) < n:
            self.more()
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def take_until(self, mark):
        while mark not in self.buffer:
            self.more()
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken

    def read_reply(self, head=False, interim=False):
        """The next reply; interim ones (1xx) only when asked for."""
        while True:
            status_line, *lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(status_line.split()[1])
            headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
            reply = Reply(status, headers, b"")
            if 100 <= status < 200 and status != 101 and not interim:
                continue
            if not (head or status in (204, 304) or status < 200):
                reply.body = self._read_body(reply)
            self.replies += 1
            return reply

    def _read_body(self, reply):
        if reply.header("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.take_until(b"\r\n"), 16):
                body += self.take(size)
                self.take_until(b"\r\n")
            self.take_until(b"\r\n")
            return body
        length = reply.header("Content-Length")
        if length is not None:
            return self.take(int(length))
        try:
            while True:
                self.more()
        except Closed:
            body, self.buffer = self.buffer, b""
            return body

    def ended(self):
        """Whether the peer has closed already (or said something unasked)."""
        return bool(select.select([self.sock], [], [], 0)[0])

    def closed(self, seconds=PATIENCE):
        """Whether the peer closes within this time; what it still sends is passed over."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.sock.settimeout(left)
                self.more()
        except Closed:
            return True
        except TimeoutError:
            pass
        return False

    def finished(self):
        """What the peer still sends up to the end of its stream. An error when it does not end it, but
        resets the connection, which may lose answers, or leaves TLS without a word."""
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.suppress_ragged_eofs = False
        try:
            while data := self.sock.recv(65536):
                self.buffer += data
        except ssl.SSLZeroReturnError:
            pass
        rest, self.buffer = self.buffer, b""
        return rest


def request_bytes(method, path, headers=(), body=None):
    """A well-formed request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: chatd"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + (body or b"")
