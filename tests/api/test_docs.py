"""What chatd says about itself."""

import re

import pytest

from chatlib import ENDPOINTS, OBJECTS, Client, Connection, Daemon, User, until
from chatlib.people import ok


def test_about(anybody):
    about = ok(anybody.get("/"))
    assert about["status"] == "running" and about["docs"] == "/docs" and about["message"]
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", about["version"])


def test_health(anybody):
    health = ok(anybody.get("/health"))
    assert health["status"] == "healthy" and re.fullmatch(r"\d{4}-\d\d-\d\dT.*\.\d{3}Z", health["timestamp"])


def test_openapi_has_every_row(anybody):
    openapi = ok(anybody.get("/openapi.json"))
    assert openapi["openapi"].startswith("3.1")
    for endpoint in ENDPOINTS.values():
        operation = openapi["paths"][endpoint.path][endpoint.method.lower()]
        assert str(endpoint.status) in operation["responses"]
        assert operation["summary"] == endpoint.summary
        assert bool(operation.get("security")) == (endpoint.rank >= 0)
        named = {p["name"] for p in operation.get("parameters", [])}
        assert set(endpoint.params) | set(OBJECTS[endpoint.query]) <= named
        assert ("requestBody" in operation) == (endpoint.request != "none")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_need_no_internet(anybody, path):
    page = anybody.get(path)
    assert page.status == 200 and page.header("Content-Type").startswith("text/html")
    markup = re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1", page.text)
    for link in re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?([^"' >]+)""", markup):
        assert not re.match(r"(https?:)?//", link), link
        if not link.startswith("data:"):
            assert anybody.get(link if link.startswith("/") else f"/{link}").status == 200, link


def test_metrics(anybody, alice):
    page = anybody.get("/metrics")
    assert page.header("Content-Type").startswith("text/plain")
    for line in page.text.splitlines():
        assert re.fullmatch(r"#.*|[a-z_:][a-z0-9_:]*(\{[^}]*\})? [-+.\deE]+(Inf|NaN)?", line), line
    assert re.search(r"(?m)^chatd_\w+", page.text) and "alice" not in page.text


def test_connections_are_counted_until_they_end(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        place = user.place()

        def gauge(name):
            return int(re.search(rf"(?m)^{name} (\d+)$", Client(daemon).get("/metrics").text)[1])

        def count():
            """Without the connection that asks: (all, WebSockets)."""
            return gauge("chatd_connections") - 1, gauge("chatd_sockets")

        user.get("/health")
        until(lambda: count() == (1, 0), "the idle connection alone")
        with user.socket(place) as channel, Connection(daemon.address) as half:
            channel.drain()
            half.send("GET /health HT")
            until(lambda: count() == (3, 1), "three connections")
        for broken in (b"", b"\0\1\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n"):
            with Connection(daemon.address) as wire:
                wire.send(broken)
        user.close()
        until(lambda: count() == (0, 0), "all to end")


def test_metrics_behind_a_token(tmp_path):
    with Daemon(tmp_path, "--metrics-token", "scraper's") as daemon:
        client = Client(daemon)
        assert client.get("/metrics").status == 401
        for value, status in (("scraper's", 200), ("other", 401), ("", 401), ("scraper's2", 401)):
            header = [("Authorization", f"Bearer {value}")]
            assert client.get("/metrics", headers=header).status == status
