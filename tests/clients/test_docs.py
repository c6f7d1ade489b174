"""/docs and /redoc in headless Chromium, with no internet."""

import html
import re

import pytest

from chatlib import ENDPOINTS, Daemon
from chatlib.browser import dump


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_every_endpoint_is_shown(engine, tmp_path, path):
    """By the viewer where npm is there, else by the plain page."""
    program = engine("chromium", "chromium-browser")
    with Daemon(tmp_path) as daemon:
        page, complaints = dump(program, tmp_path, f"http://127.0.0.1:{daemon.port}{path}")
    shown = html.unescape(re.sub(r"(?s)<(script|style).*?</\1>", "", page))
    missing = [e.summary for e in ENDPOINTS.values() if e.summary not in shown]
    assert missing == [], complaints
    assert not any("Uncaught" in line for line in complaints), complaints
