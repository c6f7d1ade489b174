"""page.html in headless Chromium, on another origin than chatd's: a web export's situation."""

import json
import os
import queue
import signal
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chatlib import Daemon, User
from chatlib.browser import OPTIONS, environment
from chatlib.people import ok

PAGE = Path(__file__).with_name("page.html").read_bytes()
SECONDS = 40  # for Chromium to start and the page to report


class Origin(ThreadingHTTPServer):
    """An origin that serves the page and takes its report."""

    daemon_threads = True

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(PAGE)

        def do_POST(self):
            self.server.reports.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(b"")

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.reports = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def name(self):
        return f"http://127.0.0.1:{self.server_port}"

    def report(self):
        """The page's steps, each of which passed."""
        steps = json.loads(self.reports.get(timeout=SECONDS))
        for step in steps:
            print("ok     " if step["passed"] else "FAILED ", step["step"], step.get("got", ""))
        assert steps and all(step["passed"] for step in steps), \
            [step for step in steps if not step["passed"]]
        return {step["step"] for step in steps}


@pytest.fixture
def origin():
    with Origin() as server:
        yield server
        server.shutdown()


@pytest.fixture
def other_chatd(tmp_path, origin):
    """A chatd that allows this origin and no other."""
    directory = tmp_path / "chatd"
    directory.mkdir()
    with Daemon(directory, "--rate-limit", "off", "--allowed-origins", origin.name) as daemon:
        yield daemon


@pytest.fixture
def browse(engine, tmp_path):
    """Opens a page in a Chromium that knows nothing; it ends with the test."""
    program = engine("chromium", "chromium-browser")
    home = tmp_path / "home"
    home.mkdir()
    started = []

    def browse(address, **query):
        with open(home / "chromium.log", "wb") as log:
            started.append(subprocess.Popen(
                [program, *OPTIONS, f"--user-data-dir={home}/profile",
                 f"{address}/?{urllib.parse.urlencode(query)}"],
                env=environment(home), cwd=home,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))

    yield browse
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    print((home / "chromium.log").read_text(errors="replace"))


def test_an_allowed_origin(other_chatd, origin, browse):
    owner = User(other_chatd, "owner")
    place, closed = owner.place(), owner.place()
    with owner.socket(place) as listening:
        browse(origin.name, part="allowed", chatd=f"http://127.0.0.1:{other_chatd.port}",
               invite=place.invite(), closed_server=closed.id, closed_channel=closed.general)
        listening.expect("message", SECONDS, content="by REST é😀")
        listening.expect("message", content="by socket")
        owner.send(place.general, "welcome")
        assert "logged out: the sockets close" in origin.report()
        listening.expect("user_leave", username="browser")


def test_another_origin(other_chatd, browse):
    owner = User(other_chatd, "owner")
    place = owner.place()
    owner.send(place.general, "mine")
    with Origin() as elsewhere:
        browse(elsewhere.name, part="refused", chatd=f"http://127.0.0.1:{other_chatd.port}",
               token=owner.token, server=place.id, channel=place.general)
        assert f"DELETE /servers/{place.id}" in elsewhere.report()
        elsewhere.shutdown()
    history = ok(owner.get(f"/channels/{place.general}/messages"))
    assert [message["content"] for message in history] == ["mine"]
    assert ok(owner.get("/users/me"))["username"] == "owner"
