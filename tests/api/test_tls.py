"""TLS: what is spoken inside is settled in the handshake, and who comes again need not begin anew."""

import socket
import ssl

import pytest

from chatlib import Connection, Daemon
from chatlib.tls import OPTIONS, make_certificate

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Site:
    def __init__(self, directory, daemon):
        self.certificate = directory / "cert.pem"
        self.daemon = daemon

    def context(self, version=None, protocols=()):
        context = ssl.create_default_context(cafile=self.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(protocols)
        return context

    def connect(self, context, session=None):
        plain = socket.create_connection(self.daemon.address, timeout=30)
        return context.wrap_socket(plain, server_hostname="localhost", session=session)


@pytest.fixture(scope="module", name="site")
def fixture(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    make_certificate(directory)
    with Daemon(directory, "--rate-limit", "off", *OPTIONS) as daemon:
        yield Site(directory, daemon)


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3],
                                   ids=["1.2", "1.3"])


def served(wire):
    """Whether a request is answered."""
    wire.sendall(GET)
    data = b""
    while b"\r\n\r\n" not in data:
        part = wire.recv(65536)
        assert part, data
        data += part
    return data.startswith(b"HTTP/1.1 200 ")


@VERSIONS
@pytest.mark.parametrize("offers", [["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"],
                                    ["h2", "http/1.0", "spdy/3", "http/1.1"]], ids=" ".join)
def test_http_1_1_is_chosen(site, version, offers):
    with site.connect(site.context(version, offers)) as wire:
        assert wire.selected_alpn_protocol() == "http/1.1"
        assert served(wire)


@VERSIONS
def test_who_offers_nothing_is_served(site, version):
    with site.connect(site.context(version)) as wire:
        assert wire.selected_alpn_protocol() is None
        assert served(wire)


@VERSIONS
@pytest.mark.parametrize("offers", [["h2"], ["http/1.0"], ["HTTP/1.1"], ["h2", "imap", "chat"]], ids=" ".join)
def test_other_protocols_alone_are_refused_by_an_alert(site, version, offers):
    with pytest.raises(ssl.SSLError, match="alert no application protocol"):
        site.connect(site.context(version, offers))
    with Connection(site.daemon.address, tls=site.context()) as wire:
        wire.send(GET)
        assert wire.read_reply().status == 200


@VERSIONS
def test_a_session_is_resumed(site, version):
    context = site.context(version)
    with site.connect(context) as wire:
        assert not wire.session_reused and served(wire)
        session = wire.session  # in 1.3 it comes with the first answer
    assert session.has_ticket
    for _ in range(3):
        with site.connect(context, session) as wire:
            assert wire.session_reused and served(wire)
            session = wire.session


@VERSIONS
def test_another_chatds_ticket_is_not_taken(site, version, tmp_path):
    """Nor is the connection refused: it begins anew."""
    context = site.context(version)
    with site.connect(context) as wire:
        assert served(wire)
        session = wire.session
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_bytes((site.certificate.parent / name).read_bytes())
    with Daemon(tmp_path, "--rate-limit", "off", *OPTIONS) as daemon:
        other = Site(site.certificate.parent, daemon)
        with other.connect(context, session) as wire:
            assert not wire.session_reused and served(wire)
