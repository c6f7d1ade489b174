"""Whole screens, in the sizes and on the terminals that people have."""

import os
import re
from pathlib import Path

import pytest

from chatlib import User, settled

SIZES = [(20, 60), (24, 80), (40, 120)]


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "vt100"])
@pytest.mark.parametrize("rows,cols", SIZES)
def test_start(scene, start, golden, rows, cols, term):
    screen = start(scene.alice, rows=rows, cols=cols, term=term)
    screen.shows("see https")
    golden(screen, f"start-{cols}x{rows}" + ("-mono" if term == "vt100" else ""))


def test_ascii(scene, start, golden):
    scene.bob.send(scene.general, "gr\u00fc\u00dfe \u65e5\u672c")
    screen = start(scene.alice, term="vt100", env={"LC_ALL": "C"})
    screen.shows("see https")
    golden(screen, "ascii-80x24")


def test_no_color(scene, start):
    screen = start(scene.alice, rows=40, cols=120, env={"NO_COLOR": "1"})
    screen.shows("see https")
    screen.quiet()
    assert not re.search(rb"\033\[(\d+;)*[349][0-7]m", screen.raw.split(b"\033[H\033[2J", 1)[1])


def test_switcher(scene, start, golden):
    screen = start(scene.alice, rows=24, cols=100)
    screen.shows("see https")
    screen.type("\x0b")
    golden(screen, "switcher")
    screen.type("de")
    golden(screen, "switcher-filtered")
    screen.type("\r")
    screen.shows("ping @alice")


def test_tree_over(scene, start, golden):
    screen = start(scene.alice, rows=20, cols=60)
    screen.shows("see https")
    screen.type("\033[18~")
    golden(screen, "tree-60x20")
    screen.type("\033[18~")
    golden(screen, "start-60x20")


def test_hints_where_there_is_no_room(scene, start, golden):
    """The status line says what fits, one thing beside the other."""
    screen = start(scene.alice, rows=10, cols=60)
    screen.shows("see https")
    screen.type("\033")
    golden(screen, "select-60x10")
    screen.resize(6, 30)
    golden(screen, "select-30x6")


def test_names_from_right_to_left(scene, start):
    """Names are put into their order of reading as messages are."""
    scene.channel("\u05e9\u05dc\u05d5\u05dd")
    screen = start(scene.alice)
    screen.shows("see https", "#\u05dd\u05d5\u05dc\u05e9")


def test_members_at_80(scene, start, golden):
    screen = start(scene.alice)
    screen.shows("see https")
    screen.type("\033[19~")
    golden(screen, "members-80x24")


def test_bare(scene, start, golden):
    screen = start(scene.alice)
    screen.shows("see https")
    screen.type("\033l")
    golden(screen, "bare-80x24")


def test_login_form(own_chatd, start, golden):
    screen = start(None, url="http://127.0.0.1:1")
    screen.shows("Log in")
    golden(screen, "login")


def test_markdown(scene, start, golden):
    scene.bob.send(scene.general, "\n".join([
        "*italic* **bold** `code` ~~gone~~ ||secret|| @alice @bob [text](https://example.org/x)",
        "", "> quoted", "> twice", "", "- one", "- two", "  1. deep", "",
        "```c", "int main(void);", "    return;", "```", "# Title", "a_b_c * 2 <b>html</b> &amp;"]))
    screen = start(scene.alice, rows=30, cols=80)
    screen.shows("html")
    golden(screen, "markdown")
    screen.type("\033")
    screen.shows("SELECT")
    golden(screen, "markdown-selected")


def test_help_has_every_key(scene, start):
    screen = start(scene.alice, rows=40, cols=120)
    screen.shows("see https")
    screen.type("\033OP")
    screen.shows("Help", "Ctrl-K, Alt-K".replace("Alt-K", "Alt-k"))
    screen.type("server create")
    screen.shows("/server create")
    screen.type("\033")
    screen.hides("Help")


@pytest.mark.parametrize("rows,cols", SIZES)
def test_resize(scene, start, golden, rows, cols):
    screen = start(scene.alice, rows=33, cols=99)
    screen.shows("see https")
    screen.resize(5, 20)
    screen.resize(rows, cols)
    golden(screen, f"start-{cols}x{rows}")


def test_redraw_changes_nothing(scene, start):
    """What was sent piece by piece is what is sent at once."""
    screen = start(scene.alice, rows=20, cols=120)
    screen.shows("see https")
    for i in range(40):
        scene.bob.send(scene.general, f"line {i} \u65e5\u672c \U0001f468\u200d\U0001f469\u200d\U0001f467 " + "x" * (i * 7 % 90))
        screen.pump(0.02)
    screen.shows("line 39")
    screen.type("half a line")
    screen.shows("half a line")
    screen.quiet(0.4)
    before, sent = settled(screen.lines()), screen.sent
    screen.type("\x0c")
    screen.until(lambda: b"\033[H\033[2J" in screen.raw[sent - screen.sent:], "everything again")
    screen.until(lambda: settled(screen.lines()) == before, "the same screen")


def readme_screen():
    """The screen in the README's part on the terminal."""
    part = (Path(os.environ["TOP"]) / "README.md").read_text().split("## In the terminal")[1]
    return part.split("```\n")[1].split("\n")[:-1]


def test_readme(scene, start):
    """What the README shows is what there is."""
    wanted = readme_screen()
    carol = User(scene.alice.daemon, "carol")
    scene.join(carol)
    scene.alice.patch(f"/channels/{scene.general}", {"description": "What everybody should know"})
    ops = scene.channel("ops")
    garden = carol.place("garden")
    garden.join(scene.alice)
    for channel in (scene.general, scene.dev):
        last = scene.alice.get(f"/channels/{channel}/messages").json()[-1]["id"]
        scene.alice.put(f"/channels/{channel}/read", {"message_id": last})
    scene.bob.send(ops, "disk full?")
    scene.bob.send(scene.dev, "@alice do you have a minute?")
    others = [start(scene.bob, name="bob"), start(carol, name="carol")]
    for other in others:
        other.shows("see https")
    others[1].type("/status away\r")
    others[1].shows("status away")
    scene.bob.send(scene.general, "> see https\nmoved; the rest is in `CHANGES`")
    screen = start(scene.alice, rows=len(wanted), cols=110)
    screen.shows("moved", "◐ carol", "● bob")
    screen.until(lambda: settled(screen.lines()) == settled(wanted), "the README's screen")
