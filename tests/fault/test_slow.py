"""A reader that does not read costs only itself."""

import re
import resource
import threading

import pytest

from chatlib import Client, Gateway, until
from chatlib.gate import gate
from chatlib.gateway import scope_of
from chatlib.http1 import Connection, request_bytes
from chatlib.load import history
from chatlib.people import ok

TEXT = "😀" * 2000  # 8,000 bytes, a little under 9 kB as an event


def memory_of(process):
    """Resident bytes."""
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def is_sanitized(process):
    """A sanitizer keeps much that was freed, and its own beside all."""
    with open(f"/proc/{process.pid}/maps", encoding="ascii") as file:
        return bool(re.search(r"lib[at]san", file.read()))


def test_a_slow_socket_is_closed_and_others_hear_everything(world):
    slow = [user.socket(world.place, receive_buffer=4096) for user in world.users[:4]]
    quick = world.users[4].socket(world.place)
    for socket in [*slow, quick]:
        socket.drain()
    heard = []

    def listen():
        while True:
            message = quick.expect("message", 30)
            heard.append(message["id"])
            if message["content"] == "the last":
                return

    listener = threading.Thread(target=listen)
    listener.start()
    sent = []
    writers = [Client(world.daemon, user.token) for user in world.users]

    path = f"/channels/{world.channel}/messages"
    while len(sent) < 1500:
        for writer in writers:
            sent.append(ok(writer.post(path, {"content": TEXT}), 201)["id"])
    sent.append(ok(writers[0].post(path, {"content": "the last"}), 201)["id"])
    listener.join()
    assert heard == sent
    for socket in slow:
        assert socket.close_code() in (4008, None)
        ids = [e["data"]["id"] for e in socket.events if e["type"] == "message"]
        assert ids == sent[:len(ids)] and len(ids) < len(sent)
    quick.close()


def test_a_stalled_gateway_is_closed_and_can_resume(world, stalled=10):
    """Some never read: every other reader gets all of 4,000 messages of 2 kB, chatd keeps no more
    than their queues, they are closed with 4008, and a resume gives them the rest."""
    reader, owner = world.users[0], world.owner
    stuck = [Gateway(user, receive_buffer=4096) for user in (world.users * 3)[:stalled]]
    quick = [Gateway(reader), Gateway(owner)]
    for socket in [*stuck, *quick]:
        epoch = socket.ready()["epoch"]
    before, peak = memory_of(world.daemon.process), 0
    sent = []
    for n in range(4000):
        quick[1].say(f"{n:04} " + "x" * 1995, channel_id=world.channel, nonce=str(n))
        if n % 100 == 99:
            quick[1].expect("ack", nonce=str(n))
            quick[0].pump()
            peak = max(peak, memory_of(world.daemon.process))
    sent = [message["id"] for message in history(owner, world.channel)]
    for socket in quick:
        while (heard := messages_of(socket))[-1:] != sent[-1:]:
            socket.recv()
        assert heard == sent
    # Of each a queue and what the kernel and libwebsockets hold; and what the allocator keeps.
    assert is_sanitized(world.daemon.process) or peak - before < (16 << 20) + stalled * (3 << 20)
    for socket in stuck:
        assert socket.close_code() in (4008, None)
        heard = messages_of(socket)
        assert heard == sent[:len(heard)] and len(heard) < len(sent)
        with Gateway(socket.user, hold=True) as again:
            again.ready()
            again.resume(epoch, {scope_of(world.place.id): max(e["rev"] for e in socket.events if "rev" in e)})
            again.expect("resumed")
            assert messages_of(again) == sent[len(heard):]
        socket.close()
    assert b"chatd_socket_overflows_total %d" % stalled in Client(world.daemon).get("/metrics").body


def messages_of(socket):
    return [event["data"]["id"] for event in socket.events if event["type"] == "message"]


def test_a_reader_of_replies_that_does_not_read(world):
    """Requests pipelined without an end, replies never read: chatd stops reading, not serving."""
    for _ in range(20):
        world.owner.send(world.channel, TEXT)
    before = memory_of(world.daemon.process)
    headers = [("Authorization", f"Bearer {world.owner.token}")]
    request = request_bytes("GET", f"/channels/{world.channel}/messages?limit=100", headers)
    stuck = [Connection(world.daemon.address, receive_buffer=4096) for _ in range(10)]
    for connection in stuck:
        connection.sock.setblocking(False)
        try:
            for _ in range(2000):
                connection.sock.send(request)
        except BlockingIOError:
            pass
    client = Client(world.daemon, world.owner.token)
    for _ in range(50):
        assert client.get("/users/me").status == 200
    # Answering all that was asked would take gigabytes.
    assert memory_of(world.daemon.process) - before < 400 << 20
    for connection in stuck:
        connection.close()
    until(lambda: client.get("/health").status == 200)


def unacknowledged(connection):
    """Bytes that chatd's kernel has for this connection (the socket's line in /proc/net/tcp)."""
    ours, theirs = (f":{connection.sock.getsockname()[1]:04X}", f":{connection.sock.getpeername()[1]:04X}")

    def line():
        """A table that changes while it is read may lack a line."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            return next((found for found in map(str.split, file)
                         if found[1].endswith(theirs) and found[2].endswith(ours)), None)
    try:
        return int(until(line, "the socket's line", 5)[4].split(":")[0], 16)
    except AssertionError:
        pytest.skip("too slow a machine: the kernel gave up the peer whose window is shut (TCP_USER_TIMEOUT)")


def test_an_answer_goes_behind_what_the_kernel_did_not_take(world, together=150):
    """The kernel has room for a while before it says so: an answer that comes then still waits for
    those before it."""
    client = Client(world.daemon, world.owner.token)
    quick = request_bytes("GET", "/nowhere")
    slow = request_bytes("GET", f"/channels/{world.channel}/messages",
                         [("Authorization", f"Bearer {world.owner.token}")])
    with Connection(world.daemon.address, receive_buffer=4096) as reader:
        rounds, full, blocked = 0, 0, False
        while not blocked:
            before = unacknowledged(reader)
            with gate(world.daemon):
                reader.send(quick * together + slow)
                for _ in range(2):  # a whole turn of the loop
                    assert client.get("/nowhere").status == 404
                taken = unacknowledged(reader) - before
                rounds, full = rounds + 1, max(full, taken)
                blocked = rounds > 5 and taken < full
                while blocked and unacknowledged(reader) > before - (200 << 10):
                    reader.more()
            if not blocked:
                until(lambda least=before + full: unacknowledged(reader) > least)
        for _ in range(rounds):
            assert [reader.read_reply().status for _ in range(together)] == [404] * together
            assert reader.read_reply().status == 200
