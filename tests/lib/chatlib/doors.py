"""Two chatds, one with TLS, and the two kinds of socket that each has."""

from contextlib import contextmanager
from dataclasses import dataclass

from .daemon import Daemon
from .people import Place, User
from .tls import OPTIONS, make_certificate
from .ws import Socket


@dataclass
class Door:
    """Where a socket is opened."""
    address: tuple
    path: str
    tls: object
    gateway: bool

    def open(self, **how):
        socket = Socket(self.address, self.path, tls=self.tls, **how)
        if socket.status == 101 and self.gateway:
            socket.expect("ready")
        return socket


@dataclass
class Site:
    """A chatd with a user in a place; tls: the context of a client, if it takes one."""
    daemon: Daemon
    user: User
    place: Place
    tls: object

    def door(self, kind):
        path = "/gateway" if kind == "gateway" else f"/ws/{self.user.id}/{self.place.id}/{self.place.general}"
        return Door(self.daemon.address, f"{path}?token={self.user.token}", self.tls, kind == "gateway")


@contextmanager
def sites(plain, secure):
    """By transport, each in its directory. The user of the one with TLS comes from a time without it."""
    trust = make_certificate(secure)
    with Daemon(secure) as daemon:
        user = User(daemon)
        place = user.place()
        user.close()
    with Daemon(plain) as daemon, Daemon(secure, *OPTIONS, "--rate-limit", "off") as other:
        someone = User(daemon)
        yield {"plain": Site(daemon, someone, someone.place(), None), "tls": Site(other, user, place, trust)}
        someone.close()
