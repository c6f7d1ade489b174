"""Answers that never change: compressed where it is asked for, and not sent to who has them."""

import gzip
import hashlib

import pytest

from chatlib import Connection

PATHS = ["/docs", "/redoc", "/openapi.json"]


def get(client, path, *headers, method="GET"):
    return client.request(method, path, headers=headers)


def takes(*values):
    return [("Accept-Encoding", value) for value in values]


@pytest.mark.parametrize("path", PATHS)
def test_compressed_it_is_the_same(anybody, path):
    plain = get(anybody, path)
    small = get(anybody, path, *takes("gzip"))
    assert (plain.status, small.status) == (200, 200)
    assert plain.header("Content-Encoding") is None and small.header("Content-Encoding") == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 2
    assert plain.header("Content-Type") == small.header("Content-Type")
    assert plain.header("ETag") != small.header("ETag")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("values", [
    ["gzip"], ["GZip"], ["x-gzip"], ["gzip;q=0.5"], ["gzip;q=0.001"], ["gzip ; Q=1.000"], ["*"], ["*;q=0.1"],
    ["gzip;q=1, *;q=0"], ["*;q=0, gzip"], ["br, gzip"], ["deflate", "gzip"], ["br;q=1.0,\tgzip;q=0.8, *;q=0.1"],
    [",, ,gzip,"], ["identity;q=0"] + ["gzip"], ["identity;q=0.5, gzip;q=0.5"],
], ids=" & ".join)
def test_who_takes_gzip(anybody, path, values):
    assert get(anybody, path, *takes(*values)).header("Content-Encoding") == "gzip"


@pytest.mark.parametrize("values", [
    [], [""], ["identity"], ["br, deflate"], ["gzip;q=0"], ["gzip;q=0.0"], ["gzip;q=0.000"], ["GZIP; Q=0"],
    ["gzip;q=0, *"], ["*", "gzip;q=0"], ["*;q=0"], ["gzipped"], ["br", "deflate"], ["gzip;q=0.5, identity"],
    ["gzip;q=2"], ["gzip;q="], ["gzip;q=x"], ["gzip q=1"], ["gzip;level=9"],
], ids=" & ".join)
def test_who_does_not(anybody, values):
    reply = get(anybody, "/openapi.json", *takes(*values))
    assert reply.status == 200 and reply.header("Content-Encoding") is None
    assert reply.json()["openapi"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", [[], takes("gzip")], ids=["plain", "gzip"])
def test_who_has_it_is_told_so(anybody, path, coding):
    first = get(anybody, path, *coding)
    tag = first.header("ETag")
    for tags in ([tag], [f"W/{tag}"], ["*"], [f'"x", {tag}'], [f'"a,b",W/"c" ,{tag}'], ['"x"', tag]):
        again = get(anybody, path, *coding, *(("If-None-Match", value) for value in tags))
        assert again.status == 304 and again.body == b"", tags
        for name in ("ETag", "Vary", "Cache-Control"):
            assert again.header(name) == first.header(name)
    assert get(anybody, path, *coding).body == first.body, "the connection goes on"


@pytest.mark.parametrize("path", PATHS)
def test_who_has_another_gets_it(anybody, path):
    plain, small = get(anybody, path), get(anybody, path, *takes("gzip"))
    tag = plain.header("ETag")
    for tags in (small.header("ETag"), '"x"', tag.strip('"'), f'"{tag}', tag[:-1], '"', "", f'"a,{tag[1:]}', "x, *"):
        assert get(anybody, path, ("If-None-Match", tags)).body == plain.body, tags
    assert get(anybody, path, ("If-None-Match", tag), *takes("gzip")).body == small.body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", [[], takes("gzip")], ids=["plain", "gzip"])
def test_its_head(anybody, path, coding):
    whole = get(anybody, path, *coding)
    head = get(anybody, path, *coding, method="HEAD")
    assert head.status == 200 and int(head.header("Content-Length")) == len(whole.body)
    for name in ("ETag", "Vary", "Content-Type", "Content-Encoding"):
        assert head.header(name) == whole.header(name)
    have = get(anybody, path, ("If-None-Match", whole.header("ETag")), *coding, method="HEAD")
    assert have.status == 304
    assert get(anybody, path, *coding).body == whole.body, "the connection goes on"


@pytest.mark.parametrize("path", PATHS)
def test_what_it_depends_on_is_said(anybody, path):
    origin = ("Origin", "http://localhost:5000")
    for headers in ([], takes("gzip"), [origin], [origin, *takes("gzip")]):
        vary = get(anybody, path, *headers).header("Vary").lower().split(", ")
        assert "accept-encoding" in vary and ("origin" in vary) == (origin in headers)


def test_everybody_gets_the_same(chatd, anybody):
    """Also the many who ask at once, each by parts."""
    wires = [Connection(chatd.address, receive_buffer=4096) for _ in range(20)]
    for wire in wires:
        wire.send(b"GET /docs HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
                  b"GET /docs HTTP/1.1\r\nHost: a\r\n\r\n")
    found = set()
    for wire in wires:
        found.add(hashlib.sha256(gzip.decompress(wire.read_reply().body)).hexdigest())
        found.add(hashlib.sha256(wire.read_reply().body).hexdigest())
        wire.close()
    assert found == {hashlib.sha256(get(anybody, "/docs").body).hexdigest()}
