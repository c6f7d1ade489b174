"""chattui --plain on pipes: what comes in is sent as it is, or refused by its line."""

import os
import subprocess

from chatlib import until
from chatlib.daemon import KEPT
from chatlib.tui import CHATTUI

from test_use import contents


def plain(user, home, data, url=None):
    host, port = user.daemon.address
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LANG": "C.UTF-8",
            "CHATCTL_URL": url or f"http://{host}:{port}", "CHATCTL_TOKEN": user.token}
    return subprocess.run([CHATTUI, "--plain", "--no-cache"], input=data, capture_output=True,
                          env=env, timeout=60, check=False)


def test_last_line_without_its_end(scene, tmp_path):
    done = plain(scene.bob, tmp_path, b"one\nlast")
    assert done.returncode == 0
    assert contents(scene.alice, scene.general)[-2:] == ["one", "last"]


def test_line_ends_and_marks(scene, tmp_path):
    done = plain(scene.bob, tmp_path, b"\xef\xbb\xbffirst\r\nsecond\r\n")
    assert done.returncode == 0
    assert contents(scene.alice, scene.general)[-2:] == ["first", "second"]


def test_nul(scene, tmp_path):
    done = plain(scene.bob, tmp_path, b"good\na\0b\ngood too\n")
    assert done.returncode == 1
    assert b"! line 2 has a NUL byte: nothing of it was sent" in done.stdout
    assert contents(scene.alice, scene.general)[-2:] == ["good", "good too"]


def test_no_server(scene, tmp_path):
    """It says what it waits for."""
    host, port = scene.bob.daemon.address
    scene.bob.daemon.stop()
    env = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "LANG": "C.UTF-8",
           "CHATCTL_URL": f"http://{host}:{port}", "CHATCTL_TOKEN": scene.bob.token}
    with subprocess.Popen([CHATTUI, "--plain", "--no-cache"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, env=env) as process:
        try:
            assert process.stdout.readline().startswith(b"! offline: ")
            scene.bob.daemon.start()
            while process.stdout.readline() != b"- connected\n":
                assert process.poll() is None
            process.stdin.write(b"at last\n")
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()
    until(lambda: contents(scene.alice, scene.general)[-1] == "at last")
