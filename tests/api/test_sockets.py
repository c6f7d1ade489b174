"""How many sockets a user and an address may have open: before the upgrade it is said that there is no
room, and who leaves makes some."""

from contextlib import ExitStack, contextmanager

import pytest

from chatlib import Daemon, Socket, User, until

OF_USER = 64
OF_ADDRESS = 3


class Opener:
    """Opens sockets and keeps them."""

    def __init__(self, daemon, stack):
        self.daemon = daemon
        self.stack = stack

    def open(self, user, client=None, place=None):
        """The socket, which may be refused; client: what X-Forwarded-For says."""
        headers = [("Authorization", f"Bearer {user.token}")]
        headers += [("X-Forwarded-For", client)] if client else []
        path = f"/ws/{user.id}/{place.id}/{place.general}" if place else "/gateway"
        return self.stack.enter_context(Socket(self.daemon.address, path, headers))

    def opened(self, *how):
        socket = self.open(*how)
        assert socket.status == 101
        return socket

    def refused(self, *how):
        socket = self.open(*how)
        assert (socket.status, socket.reply.code()) == (429, "too_many_sockets")
        assert int(socket.reply.header("Retry-After")) > 0
        assert socket.reply.header("Connection") == "close" and socket.connection.finished() == b""

    def opens_again(self, *how):
        return until(lambda: (socket := self.open(*how)).status == 101 and socket, "room for a socket")


@contextmanager
def opener(directory, *options):
    with Daemon(directory, *options) as daemon, ExitStack() as stack:
        yield Opener(daemon, stack)


def test_a_users_sockets(tmp_path):
    with opener(tmp_path, "--rate-limit", "on") as doors:
        user, other = User(doors.daemon), User(doors.daemon)
        place = user.place()
        # Of both kinds together.
        sockets = [doors.opened(user, None, place if n % 2 else None) for n in range(OF_USER)]
        doors.refused(user)
        doors.refused(user, None, place)
        doors.opened(other)
        for leave in (sockets[0].close, lambda: sockets[1].send_frame(8, b"\x03\xe8")):
            leave()
            doors.opens_again(user)
            doors.refused(user)
        # Refusals took nothing: all that are there still serve.
        for socket in sockets[2:]:
            socket.send({"type": "ping"})
            socket.expect("pong")


def test_what_is_refused_for_another_reason_takes_no_place(tmp_path):
    with opener(tmp_path, "--rate-limit", "on", "--max-sockets-per-user", "2") as doors:
        user, other = User(doors.daemon), User(doors.daemon)
        place = other.place()
        for _ in range(4):
            with doors.opened(user, None, place) as socket:
                assert socket.close_code() == 4003
            until(lambda: "chatd_sockets 0" in user.get("/metrics").text, "it to be gone")
        doors.opened(user)
        doors.opened(user)
        doors.refused(user)


def test_an_addresss_sockets(tmp_path):
    with opener(tmp_path, "--rate-limit", "on", "--max-sockets-per-address", str(OF_ADDRESS)) as doors:
        users = [User(doors.daemon) for _ in range(OF_ADDRESS + 1)]
        sockets = [doors.opened(user) for user in users[:OF_ADDRESS]]
        doors.refused(users[OF_ADDRESS])
        doors.refused(users[OF_ADDRESS], "192.0.2.1")  # nobody believes it
        sockets[0].close()
        doors.opens_again(users[OF_ADDRESS])
        doors.refused(users[0])


@pytest.mark.parametrize("bound", ["user", "address"])
def test_without_a_rate_limit_there_is_no_bound(tmp_path, bound):
    with opener(tmp_path, "--rate-limit", "off", f"--max-sockets-per-{bound}", "1") as doors:
        user = User(doors.daemon)
        for socket in [doors.opened(user) for _ in range(10)]:
            socket.expect("ready")


def test_behind_a_trusted_proxy_the_client_counts(tmp_path):
    options = ("--rate-limit", "on", "--max-sockets-per-address", str(OF_ADDRESS),
               "--trusted-proxies", "127.0.0.1,192.0.2.99")
    with opener(tmp_path, *options) as doors:
        user = User(doors.daemon)
        sockets = [doors.opened(user, "192.0.2.1") for _ in range(OF_ADDRESS)]
        doors.refused(user, "192.0.2.1")
        doors.refused(user, "198.51.100.7, 192.0.2.1")  # what the client wrote itself
        doors.refused(user, "192.0.2.1, 192.0.2.99")  # through two proxies
        doors.opened(user, "192.0.2.2")
        sockets[0].close()
        doors.opens_again(user, "192.0.2.1")
        doors.refused(user, "192.0.2.1")
        # A network of IPv6 is one address.
        for n in range(OF_ADDRESS):
            doors.opened(user, f"2001:db8:1:2::{n + 1}")
        doors.refused(user, "2001:db8:1:2:3:4:5:6")
        doors.opened(user, "2001:db8:1:3::1")
        # The proxy itself speaks for nobody in particular.
        for _ in range(2 * OF_ADDRESS):
            doors.opened(user)
