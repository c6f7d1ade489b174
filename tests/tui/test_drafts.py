"""What was written and not sent: it is never lost."""

import re

from chatlib import until

from test_story import saved
from test_use import ENTER, ESC, contents, opened, unread


def test_edit_gives_the_draft_back(scene, start):
    screen = opened(start, scene)
    for leave in (ESC, "\x03", "!" + ENTER):
        screen.type("half a thought")
        screen.type(ESC)
        screen.shows("SELECT")
        screen.type("ge")
        screen.shows("edit> hi all")
        screen.type(leave)
        screen.hides("edit>")
        screen.shows("> half a thought")
        screen.type("\x15")
        screen.hides("half a thought")
    screen.shows("hi all!")


def test_edit_without_a_connection(scene, start):
    """The edit comes back into the input."""
    screen = opened(start, scene)
    screen.type("\033[A")
    screen.shows("edit> hi all")
    scene.alice.daemon.stop()
    screen.shows("offline")
    screen.type(", again" + ENTER)
    screen.hides("edit>")
    screen.shows("cannot reach", "edit> hi all, again")
    scene.alice.daemon.start()
    screen.hides("offline")
    screen.type(ENTER)
    screen.shows("hi all, again (edited)")


def test_message_goes_under_the_edit(scene, start):
    screen = opened(start, scene)
    screen.type("\033[A")
    screen.shows("edit> hi all")
    first = scene.alice.get(f"/channels/{scene.general}/messages").json()[0]
    scene.alice.delete(f"/messages/{first['id']}")
    screen.hides("alice    hi all")
    screen.type(" of you" + ENTER)
    screen.shows("the message is gone; Ctrl-Y")
    screen.type("\x19")
    screen.shows("> hi all of you")


def test_command_is_no_draft(scene, start):
    """A command that was run is not there after a restart."""
    screen = opened(start, scene)
    screen.type("/channel delete dev")
    screen.quiet(0.8)
    screen.type(ENTER)
    screen.shows("Really?")
    screen.type("n")
    screen.quiet(0.8)
    screen.close()
    again = start(scene.alice)
    again.shows("see https")
    again.until(lambda: again.lines()[-1] == ">", "an empty input")


def test_unread_after_a_delete(scene, start):
    """What is deleted unread is not counted any more, seen here or not."""
    known = scene.bob.send(scene.dev, "to be deleted")
    screen = start(scene.alice)
    screen.shows("see https", re.compile("@#dev +1"))
    later = scene.bob.send(scene.dev, "again @alice")
    screen.shows(re.compile("@#dev +2"))
    for message in (later, known):
        scene.bob.delete(f"/messages/{message['id']}")
    screen.shows(re.compile("@#dev +1"))
    first = scene.bob.get(f"/channels/{scene.dev}/messages").json()[0]
    scene.bob.delete(f"/messages/{first['id']}")
    screen.shows(re.compile("  #dev +│"))
    assert unread(scene.alice, scene.dev) == 0


def test_refused_command_comes_back(scene, start):
    """A /command that did not work is there again, whole; what is written meanwhile is not lost."""
    screen = start(scene.bob)
    screen.shows("see https")
    screen.quiet()
    line = '/channel create new --description "not for members"'
    screen.type(line + ENTER)
    screen.until(lambda: screen.lines()[-1] == "> " + line, "the line")
    screen.type("\x15")
    scene.alice.daemon.stop()
    screen.shows("offline")
    screen.type("/members" + ENTER)
    screen.shows("cannot reach")
    screen.until(lambda: screen.lines()[-1] == "> /members", "the line")
    screen.type(ENTER + "something else")
    screen.shows("Ctrl-Y inserts")
    screen.until(lambda: screen.lines()[-1] == "> something else", "what was typed since")
    screen.type("\x15")
    scene.alice.daemon.start()


def test_input_history(scene, start):
    """Ctrl-Up and Ctrl-Down go through what was sent, in the next session as well; no secrets."""
    back, forth = "\033[1;5A", "\033[1;5B"
    screen = opened(start, scene)
    for line in ("first\033\rline", "/members", "/passwd hunter2", "second"):
        screen.type("\x15" + line + ENTER)
        screen.quiet()
        screen.type("\033")
        screen.quiet()
    screen.type("\x15half" + back)
    screen.shows("> second")
    screen.type(back)
    screen.shows("> /members")
    screen.type(back)
    screen.shows("> first\n  line")
    screen.type(back + forth + forth + forth)
    screen.shows("> half")
    screen.type("\x15")
    screen.close()
    again = opened(start, scene)
    again.type(back * 3)
    again.shows("> first\n  line")


def test_reconnect_now(scene, start):
    screen = opened(start, scene)
    scene.alice.daemon.stop()
    screen.shows("offline", "next try")
    scene.alice.daemon.start()
    screen.type("\x12")
    screen.shows("trying to connect")
    screen.shows("lag")
    screen.type("\x12")
    screen.shows("as it should be")


def test_count_near_the_limit(scene, start):
    screen = opened(start, scene)
    screen.paste("x" * 1800)
    screen.quiet()
    assert "/2000" not in screen.text()
    screen.type("y")
    screen.shows("1801/2000")
    screen.type("\x15")
    screen.hides("/2000")


def test_two_of_one_account(scene, start):
    first = opened(start, scene)
    second = start(scene.alice)
    second.shows("see https", "open elsewhere")
    second.type("from the second" + ENTER)
    first.shows("from the second")
    first.type("from the first" + ENTER)
    second.shows("from the first")
    until(lambda: contents(scene.bob, scene.general)[-2:] == ["from the second", "from the first"])


def test_broken_cache(scene, start, tmp_path):
    """A cache that is none is made anew; one that cannot be is told of."""
    screen = opened(start, scene)
    screen.close()
    cache, = (tmp_path / "alice/state/chat").glob("*.cache")
    for path in cache.parent.glob("*.cache-*"):
        path.unlink()
    cache.write_bytes(b"no database at all " * 1000)
    again = start(scene.alice)
    again.shows("see https")
    again.type("kept again")
    again.until(lambda: saved(tmp_path / "alice", "kept again"))
    again.close()
    for path in cache.parent.glob("*.cache*"):
        path.unlink()
    cache.mkdir()
    last = start(scene.alice)
    last.shows("see https", "nothing is kept on disk")
