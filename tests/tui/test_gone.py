"""What goes away while somebody is at it: a message that is asked about, the channel written in."""

import pytest

from chatlib import User, until

from test_use import ENTER, ESC, contents, opened

NEXT = "\x0e"


def ask_about(screen, scene, text):
    """Selects the message of alice's and asks to delete it."""
    screen.shows(text)
    screen.quiet()
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("k" + "d")
    screen.shows("Delete this message?")


def test_question_outlives_its_subject(scene, start):
    """The answer is about the message that was asked about, not about the next one."""
    doomed = scene.alice.send(scene.general, "the doomed one")
    scene.alice.send(scene.general, "the innocent one")
    screen = opened(start, scene)
    ask_about(screen, scene, "the innocent one")
    scene.alice.delete(f"/messages/{doomed['id']}")
    screen.hides("the doomed one")
    screen.type("y")
    screen.shows("that message is gone already")
    screen.hides("Delete this")
    scene.bob.send(scene.general, "a mark")
    screen.shows("a mark")
    assert contents(scene.bob, scene.general)[-2:] == ["the innocent one", "a mark"]


def test_question_keeps_its_subject(scene, start):
    """Messages that go around it do not move the question."""
    first = scene.alice.send(scene.general, "first of three")
    scene.alice.send(scene.general, "second of three")
    scene.alice.send(scene.general, "third of three")
    screen = opened(start, scene)
    ask_about(screen, scene, "third of three")
    scene.alice.delete(f"/messages/{first['id']}")
    screen.hides("first of three")
    scene.bob.send(scene.general, "fourth")
    screen.type("y")
    screen.hides("second of three")
    until(lambda: contents(scene.bob, scene.general)[-2:] == ["third of three", "fourth"])


def test_keys_on_what_is_gone(scene, start):
    """Of a selected message that goes nothing is left to act on: the next one is shown first."""
    doomed = scene.alice.send(scene.general, "the doomed one")
    scene.alice.send(scene.general, "the innocent one")
    screen = opened(start, scene)
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("k")
    screen.quiet()
    scene.alice.delete(f"/messages/{doomed['id']}")
    screen.hides("the doomed one")
    screen.type("e")
    screen.shows("that message is gone: this is the next one")
    screen.quiet()
    assert "edit>" not in screen.text()
    screen.type("e")
    screen.shows("edit> the innocent one")


def test_paste_question_keeps_its_text(scene, start):
    """A second paste during the question is not what the answer is about."""
    screen = opened(start, scene)
    screen.paste("\r".join(f"row {i}" for i in range(20)))
    screen.shows("Paste 20 lines")
    screen.paste("something else")
    screen.type("y")
    screen.shows("row 19")
    assert "something else" not in screen.text()


def kick(scene):
    scene.alice.delete(f"/servers/{scene.id}/members/{scene.bob.id}")


def delete_channel(scene):
    scene.alice.delete(f"/channels/{scene.general}")


def delete_server(scene):
    scene.alice.delete(f"/servers/{scene.id}")


@pytest.mark.parametrize("go,why", [
    (delete_channel, "#general was deleted"), (kick, "you were kicked"),
    (delete_server, "was deleted with its server")])
def test_channel_goes_while_keys_come(scene, start, go, why):
    """Byte by byte: what is typed when the place goes stays there, and is sent nowhere."""
    other = User(scene.alice.daemon, "carol").place("other")
    other.join(scene.bob)
    screen = start(scene.bob)
    screen.shows("acme", "other")
    while "[acme/#general]" not in screen.text():
        screen.type(NEXT)
        screen.quiet(0.1)
    screen.shows("see https")
    text = "a sentence that goes on"
    for i, key in enumerate(text):
        screen.type(key)
        if i == len(text) // 2:
            go(scene)
        screen.pump(0.01)
    screen.shows(why, "> " + text)
    screen.type(ENTER)
    screen.shows("not sent", "> " + text, "see https")
    screen.type(NEXT)
    screen.shows("Ctrl-Y inserts what you wrote")
    screen.until(lambda: screen.lines()[-1].strip() == ">", "an empty input")
    assert why not in screen.text()
    screen.type("\x19")
    screen.shows("> " + text)
    assert text not in contents(scene.bob, other.general)
    if go is delete_channel:
        assert text not in contents(scene.alice, scene.dev)


def test_channel_that_comes_back(scene, start):
    """Kicked and invited again: the page goes on, with what was typed."""
    screen = start(scene.bob, name="bob")
    screen.shows("see https")
    screen.quiet()
    screen.type("half a sen")
    kick(scene)
    screen.shows("you were kicked")
    screen.type("tence")
    scene.join(scene.bob)
    screen.hides("you were kicked")
    screen.shows("> half a sentence")
    screen.type(ENTER)
    until(lambda: contents(scene.alice, scene.general)[-1] == "half a sentence")


def test_nowhere_to_go(scene, start):
    """The last place goes: its page stays until it is left."""
    screen = start(scene.bob, name="bob")
    screen.shows("see https")
    screen.quiet()
    kick(scene)
    screen.shows("you were kicked", "see https")
    screen.type(NEXT)
    screen.shows("You are in no server yet")


def test_plain_goes_nowhere_else(scene, start):
    screen = start(scene.bob, "--plain", name="bob", rows=40)
    screen.shows("connected", "see https")
    delete_channel(scene)
    screen.shows("#general was deleted; /open CHANNEL goes on")
    screen.type("to nobody\n")
    screen.shows("! this channel is gone")
    screen.type("/open dev\nto dev\n")
    until(lambda: contents(scene.alice, scene.dev)[-1] == "to dev")
    assert "to nobody" not in contents(scene.alice, scene.dev)
