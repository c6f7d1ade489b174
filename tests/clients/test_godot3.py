"""A real Godot engine runs client.gd, which does what the original's client does."""

import os
import subprocess
from pathlib import Path

import pytest

from chatlib import User

SCRIPT = Path(__file__).with_name("client.gd")


@pytest.fixture
def godot(engine, tmp_path):
    """Runs client.gd; the finished process."""
    program = engine("godot3-server")

    def run(url, **names):
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "CHAT_URL": url}
        env |= {f"CHAT_{name.upper()}": str(value) for name, value in names.items()}
        return subprocess.run(
            [program, "--no-window", "-s", SCRIPT], cwd=tmp_path, env=env, timeout=45, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return run


def test_the_client(chatd, godot):
    owner = User(chatd, "owner")
    place, closed = owner.place(), owner.place()
    with owner.socket(place) as listening:
        done = godot(f"http://127.0.0.1:{chatd.port}", invite=place.invite(),
                     closed_server=closed.id, closed_channel=closed.general)
        print(done.stdout, done.stderr)
        assert done.returncode == 0 and "done, 0 failed" in done.stdout
        assert "FAILED" not in done.stdout and "SCRIPT ERROR" not in done.stdout + done.stderr

        # What another client heard of it.
        godot_id = listening.expect("user_join", username="godot")["user_id"]
        heard = [listening.expect("message")["content"] for _ in range(4)]
        assert heard == ["by REST é😀", "by socket", "bare", "floats"]
        assert listening.expect("typing")["user_id"] == godot_id
        assert listening.expect("user_leave")["user_id"] == godot_id
    history = owner.get(f"/channels/{place.general}/messages").json()
    assert [(message["content"], message["user_id"]) for message in history] == \
        [(content, godot_id) for content in ("by socket", "bare", "floats")]


def test_it_can_fail(godot):
    done = godot("http://127.0.0.1:1")
    assert done.returncode == 1 and "FAILED find the backend" in done.stdout, done
