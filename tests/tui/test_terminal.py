"""The terminal: what never reaches it, and how it is left behind."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios

import pytest

from chatlib import Terminal, tui, until
from chatlib.tui import CHATTUI

from test_story import saved

EVIL = [
    "\033[31mred\033[0m", "\033]0;title\a", "\u009b31mc1", "bell\a", "back\b\b\bspace",
    "carriage\rreturn", "\u202eoverride\u202c", "\u2067isolate\u2069", "zero\u200b\u200dwidth\ufeff",
    "za" + "\u0300\u0301\u0302\u0303\u0304" * 40 + "lgo", "tab\tbed", "del\x7f",
    "\U000e0041\U000e0042tags", "\ufff9anno\ufffa\ufffb", "line\u2028sep\u2029para",
    "\033P+q544e\033\\", "\033_Gi=1\033\\", "\033[6n", "\u0301alone",
]
WIDE = [
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family", "\U0001f1e9\U0001f1ea flag",
    "\U0001f44d\U0001f3fd skin", "\u65e5\u672c\u8a9e CJK", "e\u0301a\u0300 marks",
    "\u2764\ufe0f heart", "1\ufe0f\u20e3 keycap", "\u05e9\u05dc\u05d5\u05dd (shalom)",
    "\u0645\u0631\u062d\u0628\u0627 arabic", "\u0928\u092e\u0938\u094d\u0924\u0947 hindi",
    "\uac00\u1100\u1161 hangul", "\U0001fae8 newer",
]


def test_text_is_inert(scene, start):
    for text in EVIL:
        scene.bob.send(scene.general, text)
    screen = start(scene.alice, rows=40, cols=100)
    screen.shows("alone")
    screen.quiet()
    start_of_screen = screen.raw.index(b"\033[H\033[2J")
    drawn = screen.raw[start_of_screen:].decode()
    rest = re.sub(r"\033(\[[0-9;?]*[ -/]*[@-~]|\([B0]|[78=>])", "", drawn)
    # What is left of control characters is what curses moves its cursor with.
    assert not re.search(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]", rest)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\u2028\u2029]", drawn)
    assert "\U000e0041" not in drawn
    assert "\u241b[31mred\u241b[0m" in screen.text()


def test_widths(scene, start):
    """Nothing shifts the line between the panes."""
    for text in EVIL + WIDE:
        scene.bob.send(scene.general, text)
    screen = start(scene.alice, rows=50, cols=120)
    screen.shows("newer")
    screen.quiet()
    for row in range(1, 45):
        line = screen.lines()[row]
        cells = line_cells(screen, row)
        assert cells[24] == "│" and cells[101] == "│", line
    assert "DE flag" in screen.text()
    assert "םולש" in screen.text()


def line_cells(screen, row):
    """The character of each column of a row."""
    import ctypes
    from chatlib.terminal import _Cell, _Pos
    cells = []
    for col in range(screen.screen.cols):
        cell = _Cell()
        screen.screen.lib.vterm_screen_get_cell(
            screen.screen.screen, _Pos(row, col), ctypes.byref(cell))
        cells.append(chr(cell.chars[0]) if 0 < cell.chars[0] < 0x110000 else " ")
    return cells


def test_names_are_inert(scene, start):
    scene.alice.patch(f"/servers/{scene.id}", {"name": "evil\033[2J\u202ename"})
    scene.alice.patch(f"/channels/{scene.general}", {"description": "\033]0;x\a topic"})
    screen = start(scene.alice, cols=120)
    screen.shows("evil\u241b[2J\ufffdname", "\u241b]0;x\u2407 topic")


def test_links_are_clickable(scene, start):
    scene.bob.send(scene.general, "[safe](https://example.org/\u00e4;x)")
    screen = start(scene.alice, env={"VTE_VERSION": "7000"})
    screen.shows("safe")
    for link in (b"\033]8;;https://example.org/\033\\https://example.org/\033]8;;",
                 b"\033]8;;https://example.org/%C3%A4;x\033\\safe"):
        screen.until(lambda wanted=link: wanted in screen.raw, "a link")
    screen.quiet()
    before = screen.lines()
    sent = len(screen.raw)
    scene.bob.send(scene.general, "another line")
    screen.shows("another line")
    screen.quiet()
    assert b"\033]8;;http" not in screen.raw[sent:]
    assert [line for line in before if "safe" in line][0] in screen.lines()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT])
def test_terminal_is_given_back(scene, start, how):
    screen = start(None, "-c", "echo begin; stty -g; \"$CHATTUI\" --no-cache; stty -g; sleep 600",
                   command="/bin/sh", url=f"http://127.0.0.1:{scene.alice.daemon.port}",
                   env={"CHATCTL_TOKEN": scene.alice.token, "CHATTUI": os.environ["CHATTUI"]})
    screen.shows("see https")
    before = re.search(rb"begin\r\n(\S+)\r\n", screen.raw)[1]
    child = int(subprocess.run(["pgrep", "-P", str(screen.pid)], capture_output=True,
                               text=True, check=True).stdout.split()[0])
    start_of_end = len(screen.raw)
    os.kill(child, how)
    screen.until(lambda: screen.raw[start_of_end:].rstrip().endswith(before), "the shell")
    end = screen.raw[start_of_end:]
    assert b"\033[?1049l" in end and b"\033[?2004l" in end and b"\033[?1004l" in end
    assert "see https" not in screen.text()


def test_suspend(scene, start):
    screen = start(None, "-c", "set -m; \"$CHATTUI\" --no-cache; echo STOPPED; read line; fg; echo ENDED",
                   command="/bin/bash", url=f"http://127.0.0.1:{scene.alice.daemon.port}",
                   env={"CHATCTL_TOKEN": scene.alice.token, "CHATTUI": os.environ["CHATTUI"]})
    screen.shows("see https")
    screen.type("half")
    screen.shows("> half")
    screen.type("\x1a")
    screen.shows("STOPPED")
    scene.bob.send(scene.general, "meanwhile")
    screen.type("\n")
    screen.shows("see https", "> half", "meanwhile")
    screen.type("\x03\x03y")
    screen.shows("ENDED")


def test_no_terminal():
    done = subprocess.run([os.environ["CHATTUI"]], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=20)
    assert done.returncode == 1 and "--plain" in done.stderr


class Tmux:
    """A command in a tmux of its own."""

    def __init__(self, home, command, rows=24, cols=80):
        self.socket = str(home / "tmux")
        self.run("new-session", "-d", "-x", str(cols), "-y", str(rows), "-s", "test", command)

    def run(self, *words):
        return subprocess.run(["tmux", *self.options(), *words], capture_output=True, text=True,
                              check=False, timeout=60, env=os.environ | {"LANG": "C.UTF-8"}).stdout

    def options(self):
        return "-u", "-f", "/dev/null", "-S", self.socket

    def text(self):
        return self.run("capture-pane", "-p", "-t", "test")

    def keys(self, *keys):
        self.run("send-keys", "-t", "test", *keys)

    def pid(self):
        return self.run("list-panes", "-t", "test", "-F", "#{pane_pid}").strip()

    def shows(self, *texts):
        for text in texts:
            try:
                until(lambda t=text: t in self.text(), text)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self.text()}") from None


def command(user, home):
    return (f"env LANG=C.UTF-8 TZ=UTC CHATCTL_URL=http://127.0.0.1:{user.daemon.port} "
            f"CHATCTL_TOKEN={user.token} XDG_STATE_HOME={home}/state "
            f"XDG_CONFIG_HOME={home}/config {os.environ['CHATTUI']}")


@pytest.fixture
def tmux(scene, tmp_path):
    """Starts tmux with a command in which CHATTUI stands for chattui."""
    started = []

    def start(what):
        started.append(Tmux(tmp_path, what.replace("CHATTUI", command(scene.alice, tmp_path))))
        return started[0]
    yield start
    for one in started:
        one.run("kill-server")


def test_tmux(scene, tmux, tmp_path):
    screen = tmux("sh -c 'while :; do CHATTUI; printf \"\\033c\"; echo AGAIN; read line; done'")
    screen.shows("see https")
    screen.keys("hello from tmux", "Enter")
    screen.shows("alice    hello from tmux")
    screen.run("resize-window", "-t", "test", "-x", "120", "-y", "40")
    screen.shows("online 1")
    screen.run("resize-window", "-t", "test", "-x", "10", "-y", "3")
    screen.shows("too small")
    screen.run("resize-window", "-t", "test", "-x", "60", "-y", "20")
    until(lambda: "online 1" not in screen.text() and "hello from tmux" in screen.text())
    screen.run("set-buffer", "pasted\nin two lines")
    screen.run("paste-buffer", "-p", "-t", "test")
    screen.shows("> pasted", "  in two lines")
    until(lambda: saved(tmp_path, "pasted\nin two lines", 3))
    subprocess.run(["pkill", "-KILL", "-P", screen.pid(), "chattui"], check=True)
    screen.shows("AGAIN")
    assert "pasted" not in screen.text()
    screen.keys("C-j")
    screen.shows("> pasted", "see https")


def test_detach_and_attach(scene, tmux):
    screen = tmux("CHATTUI")
    screen.shows("see https")
    environment = os.environ | {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
    for size in ({"rows": 24, "cols": 80}, {"rows": 30, "cols": 120}):
        with Terminal(["tmux", *screen.options(), "attach"], environment, **size) as client:
            client.shows("see https", "[acme/#general]")
            screen.run("detach-client", "-s", "test")  # keys so close together tmux takes for a paste
            client.ends()
        scene.bob.send(scene.general, f"while detached from {size['cols']}")
        screen.shows(f"while detached from {size['cols']}")
    screen.shows("online 1")


def test_suspend_in_tmux(scene, tmux):
    screen = tmux("bash --norc -i")
    screen.keys(command(scene.alice, screen.socket + "-home"), "Enter")
    screen.shows("see https")
    screen.keys("half a line")
    screen.shows("> half a line")
    screen.keys("C-z")
    screen.shows("Stopped")
    assert "see https" not in screen.text()
    scene.bob.send(scene.general, "meanwhile")
    screen.keys("fg", "Enter")
    screen.shows("see https", "> half a line", "meanwhile")


@pytest.mark.parametrize("rows,cols", [(24, 32768), (65535, 80), (65535, 65535)])
def test_beyond_all_sizes(scene, rows, cols, tmp_path):
    """Sizes that curses cannot count are cut; what fits is drawn. libvterm keeps to 24x80."""
    with tui(scene.alice, tmp_path) as screen:
        screen.shows("see https")
        fcntl.ioctl(screen.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        screen.quiet()
        screen.raw = b""
        screen.type("\x03")
        screen.until(lambda: b"Quit?" in screen.raw, "the question", 20)
        screen.type("y")
        assert screen.ends() == 0
    with tui(scene.alice, tmp_path, "-c", f"stty rows {rows} cols {cols}; exec {CHATTUI}",
             command="/bin/sh") as screen:
        screen.until(lambda: b"https://example.org/" in screen.raw, "the messages", 20)
        screen.type("\x03y")
        assert screen.ends() == 0
