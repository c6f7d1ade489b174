"""Proxies in front of chatd, as people run them: each in a directory of its own, without rights."""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass

import pytest

from chatlib import Connection, Daemon, User, until

# nginx hides where Debian keeps what only root is thought to run.
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"

HAPROXY = """
global
	nbthread 1
defaults
	mode http
	option forwardfor
	http-reuse always
	timeout connect 10s
	timeout client 60s
	timeout server 60s
	{lax}
listen front
	bind 127.0.0.1:{own_port}
	server chatd 127.0.0.1:{port}
"""

NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	upstream chatd {{
		server 127.0.0.1:{port};
		keepalive 4;
	}}
	server {{
		listen 127.0.0.1:{own_port} reuseport;
		{lax}
		location / {{
			proxy_pass http://chatd;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_request_buffering off;
		}}
	}}
}}
"""

# As they come, and letting through what they can be told to let through.
KINDS = {
    "haproxy": ("haproxy", HAPROXY, ""),
    "haproxy-lax": ("haproxy", HAPROXY, "option accept-invalid-http-request"),
    "nginx": ("nginx", NGINX, ""),
    "nginx-lax": ("nginx", NGINX, "ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;"),
}


@dataclass
class Proxy:
    """A proxy and the chatd behind it. It can be used as a daemon: its address is the proxy's."""
    kind: str
    address: tuple
    daemon: Daemon


def command(program, path, directory):
    if program == "haproxy":
        return [path, "-db", "-q", "-f", "proxy.conf"]
    return [path, "-p", str(directory), "-c", "proxy.conf"]


def reserve():
    """A socket that keeps a port for the proxy, which binds it too."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("127.0.0.1", 0))
    return held


def answers(address):
    try:
        with Connection(address) as wire:
            wire.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            return wire.read_reply().status == 200
    except ConnectionRefusedError:
        return False


@pytest.fixture(scope="module", params=KINDS)
def proxy(request, tmp_path_factory):
    program, template, lax = KINDS[request.param]
    path = shutil.which(program, path=SEARCH)
    if path is None:
        pytest.skip(f"{program} is not here")
    directory = tmp_path_factory.mktemp(request.param)
    options = ["--rate-limit", "off", "--trusted-proxies", "127.0.0.1", "--log-level", "debug"]
    with Daemon(directory, *options) as daemon, reserve() as held:
        address = held.getsockname()
        (directory / "proxy.conf").write_text(template.format(
            port=daemon.port, own_port=address[1], lax=lax))
        with open(directory / "proxy.log", "wb") as log:
            process = subprocess.Popen(command(program, path, directory), cwd=directory, stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL)
        try:
            until(lambda: process.poll() is not None or answers(address), f"{program} to answer")
            assert process.poll() is None, (directory / "proxy.log").read_text()
            yield Proxy(request.param, address, daemon)
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def alice(proxy):
    return User(proxy, "alice")


@pytest.fixture(scope="module")
def mallory(proxy):
    return User(proxy, "mallory")
