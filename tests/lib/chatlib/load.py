"""Writers that send as fast as they are answered, and know what was promised to them."""

import threading
from concurrent.futures import ThreadPoolExecutor

from .http1 import Closed
from .people import Client, User, ok


class World:
    """A chatd that is hurt, an owner, and a channel that eight others write to."""

    def __init__(self, daemon, writers=8):
        self.daemon = daemon
        self.owner = User(daemon)
        self.place = self.owner.place()
        self.users = [self.place.join(User(daemon)) for _ in range(writers)]

    @property
    def channel(self):
        return self.place.general


class Writer(threading.Thread):
    """Sends numbered messages with nonces until it is stopped or chatd is gone.

    `acked` is what chatd acknowledged (nonce -> message id), `open` the nonces without an answer.
    """

    def __init__(self, user, channel, name):
        super().__init__()
        self.user = user
        self.channel = channel
        self.prefix = name
        self.acked = {}
        self.open = []
        self.refused = []
        self.stopping = threading.Event()
        self.count = 0

    def content(self, nonce):
        return f"text of {nonce}"

    def next_nonce(self):
        self.count += 1
        return f"{self.prefix}-{self.count}"

    def run(self):
        while not self.stopping.is_set():
            nonce = self.next_nonce()
            self.open.append(nonce)
            try:
                self.send(nonce)
            except (Closed, OSError):
                return

    def stop(self):
        self.stopping.set()
        self.join()


class RestWriter(Writer):
    """By POST: the answer is the promise."""

    def __init__(self, *how):
        super().__init__(*how)
        self.client = Client(self.user.daemon, self.user.token)

    def send(self, nonce):
        reply = self.client.post(f"/channels/{self.channel}/messages",
                                 {"content": self.content(nonce), "nonce": nonce})
        if reply.status == 201:
            self.acked[nonce] = reply.json()["id"]
        else:
            self.refused.append(reply.status)
        self.open.remove(nonce)

    def was_cut_off(self):
        """Whether a request on a connection that had been served got no answer."""
        connection = self.client.connection
        return bool(self.open and connection and connection.replies)


class SocketWriter(Writer):
    """By frame: the broadcast with its own nonce is the promise."""

    def __init__(self, user, place, name):
        super().__init__(user, place.general, name)
        self.socket = user.socket(place)
        self.socket.drain()

    def send(self, nonce):
        self.socket.say(self.content(nonce), nonce=nonce)
        self.acked[nonce] = self.socket.expect("message", nonce=nonce)["id"]
        self.open.remove(nonce)


def history(user, channel):
    """Every message of a channel, by pages."""
    found, before = [], 2**53 - 1
    while page := ok(user.get(f"/channels/{channel}/messages?limit=100&before={before}")):
        found = page + found
        before = page[0]["id"]
    return found


def check(writers, reader, channel):
    """What was promised is there, once, as it was sent; and nothing is there twice."""
    messages = history(reader, channel)
    by_id = {m["id"]: m["content"] for m in messages}
    contents = [m["content"] for m in messages]
    assert len(set(contents)) == len(contents), "a message is there twice"
    for writer in writers:
        for nonce, number in writer.acked.items():
            assert by_id.get(number) == writer.content(nonce), f"{nonce} was promised and is lost"
    return messages


def retry(writer, nonces):
    """Sends nonces again; each answer is the first message, or now the only one."""
    client = Client(writer.user.daemon, writer.user.token)
    for nonce in nonces:
        reply = client.post(f"/channels/{writer.channel}/messages",
                            {"content": writer.content(nonce), "nonce": nonce})
        if nonce in writer.acked:
            assert reply.status == 200 and reply.json()["id"] == writer.acked[nonce], reply
        else:
            writer.acked[nonce] = ok(reply, 200, 201)["id"]
    client.close()


def retry_all(writers, count=20):
    """Everything without an answer, and the last of what had one."""
    def one(writer):
        retry(writer, writer.open + list(writer.acked)[-count:])
        writer.open.clear()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, writers))
