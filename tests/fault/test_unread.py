"""Bytes that nobody reads: counted by whose they are, and bounded."""

import resource
import threading
from contextlib import ExitStack

import pytest

from chatlib import Client, Connection, Daemon, Gateway, User, is_sanitized, until
from chatlib.bulk import add_server, bulk
from chatlib.daemon import CHATD
from chatlib.load import World

MIB = 1 << 20
OUTPUT_MIB = 16
# What the allocator keeps of closed sockets, and the largest answer while it is made.
SLACK = 32 * MIB
# How many of one user's unread `ready` of this test are within its 8 MiB, at most.
FIT = 3

pytestmark = pytest.mark.skipif(is_sanitized(CHATD), reason="a sanitizer keeps what was freed")


def resident(daemon):
    with open(f"/proc/{daemon.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def overflows(client):
    text = client.get("/metrics").text
    return int(text.split("\nchatd_socket_overflows_total ")[1].split()[0])


# --- what is the same for everybody ---

@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_a_page_that_nobody_reads_is_there_once(tmp_path, path, coding):
    """Two hundred ask for it twenty times each, and read the beginning."""
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode() * 20
    with Daemon(tmp_path, "--rate-limit", "off", "--output-mib", str(OUTPUT_MIB)) as daemon, ExitStack() as stack:
        client = Client(daemon)
        size = len(client.get(path, headers=[("Accept-Encoding", coding)]).body)
        before = resident(daemon)
        wires = [stack.enter_context(Connection(daemon.address, receive_buffer=65536)) for _ in range(200)]
        for wire in wires:  # one after the other, for few of one address may wait at once
            wire.send(request)
            assert wire.take(12) == b"HTTP/1.1 200"
        assert client.get("/health").status == 200
        assert resident(daemon) - before < 8 * MIB
        # None of them is closed for it.
        assert len(wires[0].take(size)) == size
        assert overflows(client) == 0
        client.close()


# --- what is each one's own ---

class Large:
    """A user whose `ready` is some megabytes, more than the kernel takes, and another."""

    def __init__(self, directory):
        with Daemon(directory) as daemon:
            self.user, self.other = User(daemon), User(daemon)
            self.place = self.other.place()
        with bulk(directory / "chat.db") as db:
            for _ in range(60):
                add_server(db, self.user.id, [], 500)

    def serve(self, daemon):
        for user in (self.user, self.other):
            user.daemon = daemon
            user.close()


@pytest.fixture(name="large")
def fixture(tmp_path):
    return Large(tmp_path)


@pytest.mark.parametrize("output", [16, 256])
def test_sockets_of_one_user_who_reads_none(tmp_path, large, output):
    """They get what one user, or all, may have waiting, and then those go that have read nothing for
    longest: no reader is among them, whosever it is."""
    with Daemon(tmp_path, "--rate-limit", "off", "--output-mib", str(output)) as daemon, ExitStack() as stack:
        large.serve(daemon)
        quick, other = (stack.enter_context(Gateway(user)) for user in (large.user, large.other))
        for socket in (quick, other):
            socket.ready()
            # It hears something, which it reads, and then nothing happens to it for long.
            socket.drain()
        large.other.send(large.place.general, "x")
        other.expect("message")
        before, peak = resident(daemon), 0
        stuck = []
        for _ in range(12):
            stuck.append(stack.enter_context(Gateway(large.user, receive_buffer=4096)))
            stuck[-1].connection.take(1)  # the beginning of its `ready`
            peak = max(peak, resident(daemon))
        until(lambda: overflows(large.other) >= len(stuck) - FIT, "those beyond to be closed")
        # Each `ready` is made besides from rows, in one piece.
        assert peak - before < output * MIB + SLACK
        # Those who have read are there, and so is who reads now.
        for socket in (quick, other, stack.enter_context(Gateway(large.user))):
            socket.drain()
        assert len(stuck) - FIT <= overflows(large.other) <= len(stuck)
        large.other.close()


# --- a flooded channel ---

def test_a_flood_that_many_do_not_read(tmp_path):
    """A hundred sockets of forty users stop; what is sent to all is there once, and the whole is
    bounded. The reader hears everything."""
    with Daemon(tmp_path, "--rate-limit", "off", "--output-mib", str(OUTPUT_MIB)) as daemon, ExitStack() as stack:
        world = World(daemon, writers=20)
        reader, writer = (stack.enter_context(Gateway(user)) for user in (world.owner, world.owner))
        for socket in (reader, writer):
            socket.ready()
        stuck = []
        for user in world.users * 5:
            stuck.append(stack.enter_context(Gateway(user, receive_buffer=4096)))
            stuck[-1].ready()
        heard = []

        def listen():
            while len(heard) < 3000:
                heard.append(reader.expect("message", 60)["content"][:4])

        listener = threading.Thread(target=listen)
        listener.start()
        before, peak = resident(daemon), 0
        for n in range(3000):
            writer.say(f"{n:04}" + "😀" * 1900, channel_id=world.channel, nonce=str(n))
            if n % 50 == 49:
                writer.expect("ack", nonce=str(n))
                peak = max(peak, resident(daemon))
        listener.join()
        assert heard == [f"{n:04}" for n in range(3000)]
        assert peak - before < OUTPUT_MIB * MIB + SLACK
        assert overflows(world.owner) >= len(stuck) // 2
