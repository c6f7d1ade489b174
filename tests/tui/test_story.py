"""Two people, one server that goes away in the middle, kills and comebacks."""

import os
import re
import sqlite3
import subprocess

from chatlib import User, invite_code, until

from test_use import ENTER, ESC, contents

CHATCTL = os.environ.get("CHATCTL")


def said(screen, since="hi all"):
    """What is on the screen, as (name, text), from that text on."""
    found = re.findall(r"12:00 (\S+) +(.*?) *(?:│.*)?$", screen.text(), re.M)
    first = [i for i, (_, text) in enumerate(found) if text.startswith(since)]
    return found[first[0]:] if first else []


def chatctl(user, *words, text=None):
    host, port = user.daemon.address
    done = subprocess.run([CHATCTL, *words], input=text, text=True, capture_output=True, check=False,
                          timeout=30, env=os.environ | {
                              "CHATCTL_URL": f"http://{host}:{port}", "CHATCTL_TOKEN": user.token})
    assert done.returncode == 0, done.stderr
    return done.stdout


def saved(home, draft, messages=0):
    """Whether that draft is on disk, and so many messages."""
    for path in (home / "state").rglob("*.cache"):
        with sqlite3.connect(path) as db:
            return (db.execute("SELECT content FROM draft").fetchall() == [(draft,)]
                    and db.execute("SELECT count(*) FROM message").fetchone()[0] >= messages)
    return False


def test_story(own_chatd, start):
    daemon = own_chatd
    url = f"http://127.0.0.1:{daemon.port}"
    alice = start(None, url=url, name="alice", rows=40, cols=110)
    alice.shows("Log in")
    alice.type("\033OQ")
    alice.shows("Make an account")
    alice.type("alice\talice@example.org\tsecret password\tsecret password" + ENTER)
    alice.shows("You are in no server yet")
    alice.type("/server create acme" + ENTER)
    alice.shows("> #general", "● alice")
    alice.type("/invite create" + ENTER)
    code = invite_code(alice)
    alice.type(ESC)
    alice.hides("Make an invite")

    carol = User(daemon, "carol")
    bob_user = User(daemon, "bob")
    bob = start(bob_user, rows=40, cols=110)
    bob.shows("You are in no server yet")
    bob.type(f"/join {code}" + ENTER)
    bob.shows("> #general", "online 2")
    alice.shows("● bob")
    alice.type("hi all" + ENTER)
    bob.shows("alice      hi all")
    bob.type("hello @alice" + ENTER)
    alice.shows("bob        hello @alice")
    assert b"\a" in alice.raw

    chatctl(carol, "join", code)
    alice.shows("○ carol")
    chatctl(carol, "send", "acme:#general", "from a script")
    bob.shows("carol      from a script")
    bob.type("\033[A")
    bob.shows("edit> hello @alice")
    bob.type(", how are you?" + ENTER)
    alice.shows("hello @alice, how are you? (edited)")
    alice.type("to be deleted" + ENTER)
    bob.shows("to be deleted")
    alice.type(ESC)
    alice.shows("SELECT")
    alice.type("dy")
    bob.hides("to be deleted")
    alice.type("/channel create dev" + ENTER)
    alice.shows("> #dev")
    bob.shows("  #dev")
    alice.type("in dev, @bob" + ENTER)
    bob.shows(re.compile(r"@#dev +1"))
    bob.type("\033a")
    bob.shows("in dev, @bob")
    bob.type("\033/")
    bob.shows("how are you")

    alice.type("\0331")
    alice.shows("how are you")
    daemon.stop()
    alice.shows("offline")
    bob.shows("offline")
    alice.type("written alone" + ENTER)
    bob.type("me too" + ENTER)
    alice.shows("written alone")
    bob.shows("me too")
    daemon.start()
    for screen in (alice, bob):
        screen.hides("offline")
        screen.shows("written alone", "me too")
        screen.until(lambda s=screen: len(said(s)) == 5 and "~" not in s.text(), "all that was said")
    bob.type("back again" + ENTER)
    alice.shows("bob        back again")
    wanted = [(m["user"]["username"], m["content"] + (" (edited)" if m["is_edited"] else ""))
              for m in bob_user.get(f"/channels/1/messages").json()]
    assert len(wanted) == 6 and len({text for _, text in wanted}) == 6
    for screen in (alice, bob):
        screen.until(lambda s=screen: said(s) == wanted, "the server's history")
    for screen in (alice, bob):
        screen.type("\x03y")
        assert screen.ends() == 0


def test_draft_and_cache_survive_a_kill(scene, start, tmp_path):
    screen = start(scene.alice)
    screen.shows("see https")
    screen.type("not yet finished")
    screen.until(lambda: saved(tmp_path / "alice", "not yet finished", 2))
    screen.close()
    scene.bob.send(scene.general, "while away")
    scene.alice.daemon.stop()
    again = start(scene.alice)
    again.shows("see https", "hi all", "> not yet finished", "@#dev")
    again.type("\x0e")
    again.hides("not yet finished")
    again.type("\x10")
    again.shows("not yet finished", "offline")
    scene.alice.daemon.start()
    again.shows("while away")
    again.hides("offline")


def test_unsent_survives_a_kill(scene, start):
    screen = start(scene.alice)
    screen.shows("see https")
    scene.alice.daemon.stop()
    screen.shows("offline")
    screen.type("first" + ENTER + "second" + ENTER)
    screen.shows("12:00~alice    first", "12:00~alice    second")
    screen.close()
    again = start(scene.alice)
    again.shows("12:00~alice    first", "12:00~alice    second")
    scene.alice.daemon.start()
    again.shows("12:00 alice    first", "12:00 alice    second")
    until(lambda: contents(scene.bob, scene.general)[-2:] == ["first", "second"])
    assert len(contents(scene.bob, scene.general)) == 4


def test_refused_message(scene, start):
    """What the server refuses for good is shown so, and can be taken back."""
    bob = start(scene.bob)
    bob.shows("see https")
    scene.alice.daemon.stop()
    bob.shows("offline")
    bob.type("too late" + ENTER)
    bob.shows("12:00~bob      too late")
    bob.close()
    scene.alice.daemon.start()
    channel = scene.channel("other")
    scene.alice.delete(f"/channels/{scene.dev}")
    scene.alice.delete(f"/channels/{scene.general}")
    assert channel
    again = start(scene.bob)
    again.shows(" #other")
    again.hides(" #general")
    again.shows(re.compile("not sent: .*Ctrl-Y inserts"))
    again.type("\x19")
    again.shows("> too late")


def test_missed_while_stopped(scene, start):
    """A stopped client catches up with all of it, in order and once."""
    screen = start(scene.alice, rows=40)
    screen.shows("see https")
    scene.alice.daemon.stop()
    screen.shows("offline")
    scene.alice.daemon.start()
    scene.bob.close()
    for i in range(20):
        scene.bob.send(scene.general, f"missed {i} end")
    screen.shows("missed 19 end")
    found = re.findall(r"missed (\d+) end", screen.text())
    assert found == [str(i) for i in range(20)]


def test_no_cache(scene, start, tmp_path):
    screen = start(scene.alice, "--no-cache")
    screen.shows("see https")
    screen.type("secret draft")
    screen.quiet(1.5)
    screen.type("\x03\x03y")
    screen.ends()
    assert not [f for f in (tmp_path / "alice/state").rglob("*") if f.is_file()]


def test_files_are_private(scene, start, tmp_path):
    screen = start(scene.alice)
    screen.shows("see https")
    screen.quiet(1.5)
    files = [f for f in (tmp_path / "alice/state").rglob("*")]
    assert any(f.name.endswith(".cache") for f in files)
    for path in files:
        assert path.stat().st_mode & 0o077 == 0, path
