"""The /commands: what chatctl can do, from where people write."""

import base64
import os
import re
import subprocess

from chatlib import User, invite_code, until

from test_use import ENTER, ESC, TAB, contents, opened

CHATCTL = os.environ.get("CHATCTL")


def run(screen, line):
    screen.type(f"\x15/{line}{ENTER}")


def members(scene):
    return {m["user"]["username"]: m["role"]
            for m in scene.alice.get(f"/servers/{scene.id}/members").json()}


def test_places_and_quotes(scene, start):
    screen = opened(start, scene)
    run(screen, 'channel create "two words" --description "what it is"')
    screen.shows("#two words  what it is")
    run(screen, 'topic of "all" things')
    screen.shows('#two words  of "all" things')
    run(screen, "send #dev from elsewhere")
    until(lambda: contents(scene.bob, scene.dev)[-1] == "from elsewhere")
    run(screen, "history acme:#dev")
    screen.shows("Show a channel's messages", "from elsewhere")
    screen.type(ESC)
    screen.hides("Show a channel's messages")
    run(screen, "channel show dev")
    screen.shows("Show a channel", re.compile("name +dev"))
    screen.type(ESC)
    screen.hides("Show a channel")
    run(screen, "channel show nowhere")
    screen.shows("channel nowhere is not known here")


def test_what_cannot_be_undone_asks(scene, start):
    screen = opened(start, scene)
    run(screen, "channel delete dev")
    screen.shows("Really? (y/n) /channel delete acme:#dev")
    screen.type("n")
    screen.hides("Really?")
    run(screen, "channel delete dev")
    screen.shows("Really?")
    screen.type("y")
    screen.hides(" #dev")


def test_members_by_short_words(scene, start):
    carol = User(scene.alice.daemon, "carol")
    scene.join(carol)
    screen = opened(start, scene)
    run(screen, "role @carol moderator")
    screen.shows("role moderator")
    assert members(scene)["carol"] == "moderator"
    for command, left in (("kick carol", {"alice", "bob"}), ("ban @bob", {"alice"})):
        run(screen, command)
        screen.shows("Really? (y/n)")
        screen.type("y")
        screen.shows("done")
        assert set(members(scene)) == left
    run(screen, "ban list")
    screen.shows("@bob", "@alice")
    screen.type(ESC)
    screen.hides("Enter copies")
    run(screen, "unban bob")
    screen.shows("Really?")
    screen.type("y")
    screen.shows("done")
    scene.join(scene.bob)


def test_leave(scene, start):
    bob = start(scene.bob, name="bob")
    bob.shows("see https")
    run(bob, "leave")
    bob.shows("Really? (y/n) /member remove acme me")
    bob.type("y")
    bob.shows("You are in no server yet")


def test_answers_are_copied(scene, start):
    screen = opened(start, scene)
    run(screen, "members")
    screen.shows(re.compile("1 +owner .*@alice"), re.compile("2 +member .*@bob"))
    screen.type(ESC)
    screen.hides("Enter copies")
    run(screen, "invite --max-uses 2")
    code = invite_code(screen)
    screen.type(ENTER)
    screen.shows(f"copied {code}")
    found = re.search(rb"\033\]52;c;([A-Za-z0-9+/=]+)\a", screen.raw)
    assert base64.b64decode(found[1]).decode() == code


def test_complete_what_commands_take(scene, start):
    screen = opened(start, scene)
    screen.type("\033[19~")
    screen.shows("○ bob")
    for typed, wanted in (("/ki" + TAB + "b" + TAB, "/kick @bob"), ("/send #d" + TAB, "/send #dev"),
                          ("so :smile:" + TAB, "so \U0001f604")):
        screen.type("\x15" + typed)
        screen.until(lambda w=wanted: screen.lines()[-1] == "> " + w, wanted)


def test_password(scene, start):
    screen = opened(start, scene)
    run(screen, "passwd")
    screen.shows("The old password", "The new password")
    screen.type("not it" + TAB + "another secret" + ENTER)
    screen.shows("The old password is not right")
    screen.type("\033[A" + "\x15" + scene.alice.password + TAB + ENTER)
    screen.shows("done")
    assert scene.alice.post("/auth/login", {
        "username": "alice", "password": "another secret"}).status == 200


def context(home, daemon, name, user):
    subprocess.run([CHATCTL, "-c", name, "--url", f"http://127.0.0.1:{daemon.port}", "login",
                    user.name, "--password-stdin"], input=user.password, text=True, check=True,
                   env=os.environ | {"XDG_STATE_HOME": str(home / "state")}, capture_output=True)


def test_contexts(scene, start, tmp_path):
    daemon = scene.alice.daemon
    for user in (scene.alice, scene.bob):
        context(tmp_path / "both", daemon, user.name, user)
    screen = start(None, "-c", "alice", name="both", cols=120)
    screen.shows("see https", "● alice", "○ bob")
    screen.type("a draft")
    run(screen, "context")
    screen.shows("alice at http", "bob at http")
    screen.type("bo" + ENTER)
    screen.shows("● bob", "○ alice", "see https")
    run(screen, "logout")
    screen.shows("Log in", re.compile("Name +bob"))
    left = subprocess.run([CHATCTL, "context", "list"], text=True, check=True, capture_output=True,
                          env=os.environ | {"XDG_STATE_HOME": str(tmp_path / "both/state")}).stdout
    assert re.search(r"^alice\t.*\ttrue\t", left, re.M) and re.search(r"^bob\t.*\tfalse\t", left, re.M)
