"""What people do all day: writing, reading, going around."""

import base64
import re

from chatlib import User, invite_code, until

UP, DOWN, PGUP, PGDN = "\033[A", "\033[B", "\033[5~", "\033[6~"
ESC, ENTER, TAB = "\033", "\r", "\t"


def contents(user, channel, **query):
    return [m["content"] for m in user.get(f"/channels/{channel}/messages", query=query).json()]


def unread(user, channel):
    return next(u["unread"] for u in user.get("/users/me/unread").json()
                if u["channel_id"] == channel)


def opened(start, scene, **how):
    screen = start(scene.alice, **how)
    screen.shows("see https", "1@ 1*")
    screen.quiet()
    return screen


def test_send(scene, start):
    screen = opened(start, scene)
    screen.type("good morning" + ENTER)
    screen.shows("alice    good morning")
    until(lambda: contents(scene.bob, scene.general)[-1] == "good morning")
    screen.until(lambda: screen.lines()[-1] == ">", "an empty input")


def test_lines_and_slashes(scene, start):
    screen = opened(start, scene)
    screen.type("one" + "\033\r" + "two" + ENTER)
    screen.shows("one\n", "  two")
    screen.type("//etc/passwd" + ENTER)
    screen.shows("/etc/passwd")
    until(lambda: contents(scene.bob, scene.general)[-2:] == ["one\ntwo", "/etc/passwd"])


def test_line_editing(scene, start):
    screen = opened(start, scene)
    screen.type("world hello" + "\x17" + "\x15" + "\x19" + "!" + "\x01" + "A " + "\x05" + "Z")
    screen.shows("> A world !Z")
    screen.type("\033b\033b" + "\033d" + "\033[3~")
    screen.type("e\u0301\U0001f1e9\U0001f1ea" + "\x7f\x7f" + "x" + ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "A x!Z")


def test_receive_edit_delete(scene, start):
    screen = opened(start, scene)
    message = scene.bob.send(scene.general, "frist")
    screen.shows("bob      frist")
    scene.bob.patch(f"/messages/{message['id']}", {"content": "first"})
    screen.shows("first (edited)")
    screen.hides("frist")
    scene.bob.delete(f"/messages/{message['id']}")
    screen.hides("first")


def test_edit_own(scene, start):
    screen = opened(start, scene)
    screen.type(UP)
    screen.shows("edit> hi all")
    screen.type("!" + ENTER)
    screen.shows("hi all! (edited)")
    screen.type(UP + "zzz")
    screen.shows("edit> hi all!zzz")
    screen.type(ESC)
    screen.hides("edit>")
    assert contents(scene.bob, scene.general)[0] == "hi all!"


def test_delete_asks(scene, start):
    screen = opened(start, scene)
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("gd")
    screen.shows("Delete this message?")
    screen.type("n")
    screen.hides("Delete this")
    assert len(contents(scene.bob, scene.general)) == 2
    screen.type("dy")
    screen.hides("hi all")
    until(lambda: len(contents(scene.bob, scene.general)) == 1)


def test_quote(scene, start):
    screen = opened(start, scene)
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("r" + "nice" + ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1]
          == "> see https://example.org/ and **this**\n@bob nice")


def test_copy(scene, start):
    screen = opened(start, scene)
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("y")
    screen.shows("copied")
    screen.hides("SELECT")  # or the next two keys would be one, Alt-u
    found = re.search(rb"\033\]52;c;([A-Za-z0-9+/=]+)\a", screen.raw)
    assert base64.b64decode(found[1]) == b"see https://example.org/ and **this**"
    screen.type(ESC)
    screen.shows("SELECT")
    screen.type("u")
    screen.shows("copied https://example.org/")


def test_unread(scene, start):
    screen = opened(start, scene)
    screen.until(lambda: unread(scene.alice, scene.general) == 0)
    assert unread(scene.alice, scene.dev) == 1
    scene.bob.send(scene.dev, "more")
    screen.shows(re.compile(r"@#dev +1"))
    screen.type("\033a")
    screen.shows("#dev", "ping @alice", "more", re.compile(r"─ new ─"))
    screen.hides("1@")
    screen.until(lambda: unread(scene.alice, scene.dev) == 0)
    screen.type("\033a")
    screen.shows("nothing is unread elsewhere")
    screen.type("\033/")
    screen.shows("see https")
    screen.hides("─ new ─")


def test_read_follows_the_screen(scene, start):
    """What is below the screen is not read."""
    screen = opened(start, scene)
    for i in range(60):
        scene.bob.send(scene.general, f"line {i}")
    screen.shows("line 59")
    screen.until(lambda: unread(scene.alice, scene.general) == 0)
    screen.type(PGUP)
    screen.hides("line 59")
    scene.bob.send(scene.general, "below")
    screen.shows(re.compile(r">\*#general +1"))
    screen.quiet(1)
    assert unread(scene.alice, scene.general) == 1
    screen.type(PGDN + PGDN)
    screen.shows("below")
    screen.until(lambda: unread(scene.alice, scene.general) == 0)


def test_read_elsewhere(scene, start):
    """A read marker of another device clears the badge here."""
    screen = opened(start, scene)
    last = scene.alice.get(f"/channels/{scene.dev}/messages").json()[-1]["id"]
    scene.alice.put(f"/channels/{scene.dev}/read", {"message_id": last})
    screen.hides("@#dev")


def test_older_pages(scene, start):
    for i in range(250):
        scene.bob.send(scene.general, f"message number {i}")
    screen = opened_at = start(scene.alice)
    screen.shows("message number 249")
    def at_top():
        screen.type(PGUP)
        screen.quiet(0.05)
        return "hi all" in screen.text()
    screen.until(at_top, "the first message")
    screen.shows("hi all", "message number 0\n")
    screen.type("G")
    screen.shows("message number 249")
    assert opened_at is screen


def test_scroll_keeps_its_place(scene, start):
    for i in range(60):
        scene.bob.send(scene.general, f"line {i} end")
    screen = start(scene.alice)
    screen.shows("line 59 end")
    def shown():
        return [int(n) for n in re.findall(r"line (\d+) end", screen.text())]
    rows = len(shown())
    page = rows - 2
    there = list(range(60 - page - rows, 60 - page))
    screen.type(PGUP)
    screen.until(lambda: shown() == there, "a page up")
    for i in range(5):
        scene.bob.send(scene.general, "new one")
    screen.shows(re.compile(r"\*#general +5"))
    assert shown() == there


def test_channels(scene, start):
    screen = opened(start, scene)
    screen.type("\x0e")
    screen.shows("ping @alice")
    screen.type("\x0e")
    screen.shows("see https")
    screen.type("\033" + "2")
    screen.shows("ping @alice")
    screen.type("\033" + "9")
    screen.shows("no channel of that number")
    screen.type("\x10")
    screen.shows("see https")


def test_complete(scene, start):
    screen = opened(start, scene)
    screen.shows("see https")
    screen.type("\033[19~")
    screen.shows("bob      see", "○ bob")
    screen.type("@b" + TAB + "and #d" + TAB + ":roc" + TAB + ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "@bob and #dev \U0001f680")
    screen.type("/serv" + TAB)
    screen.shows("> /server create")
    screen.type(TAB)
    screen.shows("> /server list")


def test_search(scene, start):
    for word in ("apple", "pear", "apple pie", "plum"):
        scene.bob.send(scene.general, word)
    screen = opened(start, scene)
    screen.type("\x13" + "apple")
    screen.until(lambda: row_is_reverse(screen, "apple pie"), "apple pie selected")
    screen.type("\x13")
    screen.until(lambda: row_is_reverse(screen, "bob      apple\n"), "apple selected")
    screen.type("\x13")
    screen.shows("not in the loaded messages")
    screen.type(ENTER)
    screen.shows("SELECT")
    screen.type(ESC)
    screen.hides("SELECT")


def row_is_reverse(screen, text):
    for row, line in enumerate(screen.lines()):
        if text.rstrip("\n") in line and (not text.endswith("\n") or line.endswith(text[:-1])):
            return screen.screen.is_reverse(row, 30)
    return False


def test_search_server(scene, start):
    screen = opened(start, scene)
    screen.type("\x0e")
    screen.shows("ping @alice")
    screen.type("\x06" + "https" + ENTER)
    screen.shows("Found in the loaded", "#general bob: see https")
    screen.type(ENTER)
    screen.shows("SELECT", re.compile("> #general"))


def test_mention_rings(scene, start):
    screen = opened(start, scene)
    assert b"\a" not in screen.raw
    scene.bob.send(scene.dev, "`@alice` in code")
    scene.bob.send(scene.dev, "hello @alice2")
    screen.shows(re.compile("@#dev +1"))
    screen.quiet()
    assert b"\a" not in screen.raw
    scene.bob.send(scene.dev, "hello @Alice, hello")
    screen.until(lambda: b"\a" in screen.raw, "the bell")
    screen.shows(re.compile("@#dev +2"))


def test_typing(scene, start):
    screen = opened(start, scene)
    other = start(scene.bob, name="bob")
    other.shows("see https")
    other.quiet()
    other.type("hel")
    screen.shows("bob is typing")
    other.type("lo" + ENTER)
    screen.shows("bob      hello")
    screen.hides("bob is typing")


def test_switcher_follows(scene, start):
    """Who joins meanwhile is listed, and the choice stays where it is."""
    screen = opened(start, scene)
    screen.type("\x0b" + DOWN)
    screen.shows(">#general")
    scene.join(User(scene.alice.daemon, "aaron"))
    screen.shows(" @aaron", ">#general")
    screen.type(DOWN * 3)
    screen.shows(">@aaron")
    scene.join(User(scene.alice.daemon, "aaa"))
    screen.shows(" @aaa ", ">@aaron")
    screen.type(ENTER)
    screen.shows("> @aaron")


def test_presence_and_members(scene, start):
    screen = opened(start, scene, rows=24, cols=120)
    screen.shows("online 1", "● alice", "○ bob")
    other = start(scene.bob, name="bob")
    screen.shows("online 2", "● bob")
    other.type("/status dnd" + ENTER)
    screen.shows("⊖ bob")
    scene.join(User(scene.alice.daemon, "carol"))
    screen.shows("○ carol")


def test_server_and_channel(scene, start):
    screen = opened(start, scene)
    screen.type("/server create second place" + ENTER)
    screen.shows("second place", "#general", "Nobody has written here yet.")
    screen.type("/channel create plans" + ENTER)
    screen.shows("> #plans")
    screen.type("/invite create" + ENTER)
    code = invite_code(screen)
    other = start(scene.bob, name="bob")
    other.shows("see https")
    other.type(f"/join {code}" + ENTER)
    other.shows("second place", "> #general")
    other.type("/nonsense" + ENTER)
    other.shows("there is no command /nonsense")


def test_kicked(scene, start):
    other = start(scene.bob, name="bob")
    other.shows("see https")
    other.quiet()
    scene.alice.delete(f"/servers/{scene.id}/members/{scene.bob.id}")
    other.shows("#general is gone: you were kicked")
    other.hides(" #dev")


def test_kicked_elsewhere(scene, start):
    place = scene.alice.place("second")
    place.join(scene.bob)
    other = start(scene.bob, name="bob")
    other.shows("second", "acme")
    while "acme/#general" not in other.text():
        other.type("\x0e")
        other.quiet(0.1)
    scene.alice.delete(f"/servers/{place.id}/members/{scene.bob.id}")
    other.shows("you are no longer in second: kicked", "see https")


def test_paste(scene, start):
    screen = opened(start, scene)
    screen.paste("one\rtwo\rthree\r")
    screen.shows("> one\n  two\n  three")
    screen.type("\x03")
    screen.hides("three")
    screen.paste("\r".join(f"row {i}" for i in range(20)))
    screen.shows("Paste 20 lines")
    screen.type("y")
    screen.shows("row 19")
    screen.type(ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1].endswith("row 18\nrow 19"))


def test_paste_line_ends(scene, start):
    """A paste from Windows has no empty line behind each of its lines."""
    screen = opened(start, scene)
    screen.paste("one\r\ntwo\r\n\r\nfour\r\n")
    screen.shows("> one\n  two\n\n  four")
    screen.type(ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "one\ntwo\n\nfour")


def test_paste_without_an_end(scene, start):
    """The keyboard is back at Ctrl-C, and by itself after a while; nothing is lost."""
    screen = opened(start, scene)
    screen.type("\033[200~" + "pasted")
    screen.quiet()
    screen.type("\x03")
    screen.shows("> pasted")
    screen.type(" and typed" + ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "pasted and typed")
    screen.type("\033[200~" + "again")
    for i in range(8):  # what others write does not keep it open
        scene.bob.send(scene.general, f"meanwhile {i}")
        screen.quiet(0.5)
    screen.shows("> again")
    screen.type(ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "again")


def test_too_long(scene, start):
    screen = opened(start, scene)
    screen.paste("x" * 2001)
    screen.type(ENTER)
    screen.shows("2000 characters at most")
    screen.type("\x7f" + ENTER)
    until(lambda: len(contents(scene.bob, scene.general)[-1]) == 2000)


def test_editor_line_ends(scene, start, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf '\\357\\273\\277one\\r\\ntwo\\r\\n' > \"$1\"\n")
    editor.chmod(0o755)
    screen = opened(start, scene, env={"EDITOR": str(editor)})
    screen.type("\033e")
    screen.shows("> one\n  two")
    screen.type(ENTER)
    until(lambda: contents(scene.bob, scene.general)[-1] == "one\ntwo")
    editor.write_text("#!/bin/sh\nprintf 'a\\0b' > \"$1\"\n")
    screen.type("kept" + "\033e")
    screen.shows("has a NUL", "> kept")


def test_editor(scene, start, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\ncat \"$1\"; echo ' and more' >> \"$1\"\n")
    editor.chmod(0o755)
    screen = opened(start, scene, env={"EDITOR": str(editor)})
    screen.type("begun" + "\033e")
    screen.shows("> begun and more")
    screen.type(ENTER)
    screen.shows("alice    begun and more")


def test_mouse(scene, start):
    screen = opened(start, scene)
    screen.type("\033m")
    screen.shows("the mouse is used here")
    screen.type("\033[<0;5;3M\033[<0;5;3m")
    screen.shows("ping @alice")


def test_config(scene, start):
    screen = start(scene.alice, config="\n".join([
        "[general]", "time-format = XX", "bell = loud", "[keys]", "next-channel = F5",
        "no-such = C-x", "[colors]", "nick = chartreuse", "nonsense"]))
    screen.shows("see https", "chattui.conf:3: bell")
    screen.type("\033[15~")
    screen.shows("ping @alice", "XX bob")
    screen.type("\x03y")
    screen.ends()
    for number in (3, 6, 8, 9):
        assert f"chattui.conf:{number}: ".encode() in screen.raw


def test_login(own_chatd, start):
    alice = User(own_chatd, "alice")
    place = alice.place("acme")
    alice.send(place.general, "welcome")
    url = f"http://127.0.0.1:{own_chatd.port}"
    screen = start(None, url=url)
    screen.shows("Log in")
    screen.type("alice" + TAB + "wrong password" + ENTER)
    screen.shows("Incorrect username or password")
    screen.type("\x15" + alice.password)
    screen.shows("****")
    assert alice.password not in screen.text()
    screen.type(ENTER)
    screen.shows("welcome")
    screen.type("\x03y")
    assert screen.ends() == 0
    again = start(None, url=url)
    again.shows("welcome")


def test_sign_up(own_chatd, start):
    screen = start(None, url=f"http://127.0.0.1:{own_chatd.port}")
    screen.shows("Log in")
    screen.type("\033OQ")
    screen.shows("Make an account")
    screen.type("zoe" + TAB + "zoe@example.org" + TAB + "secret password" + TAB + "secret" + ENTER)
    screen.shows("the two passwords are not the same")
    screen.type(" password" + ENTER)
    screen.shows("You are in no server yet")
    screen.type("/server create home" + ENTER)
    screen.shows("> #general")


def test_revoked(scene, start):
    screen = opened(start, scene)
    scene.alice.post("/auth/logout")
    screen.shows("Log in")


def test_plain(scene, start):
    screen = start(scene.alice, "--plain", rows=40)
    screen.shows("connected", "alice: hi all", "bob: see https")
    scene.bob.send(scene.general, "live \033[31mred")
    screen.shows("bob: live \u241b[31mred")
    screen.type("from plain\n")
    until(lambda: contents(scene.bob, scene.general)[-1] == "from plain")
    screen.type("/open dev\n")
    screen.shows("ping @alice")
    screen.type("/channel create plans\n")
    screen.shows("name plans")
    for answer, told in (("n", "not done"), ("y", "- done")):
        screen.type("/channel delete dev\n")
        screen.shows("/channel delete acme:#dev: really? (y/n)")
        screen.type(answer + "\n")
        screen.shows(told)
    screen.type("/quit\n")
    assert screen.ends() == 0


def test_go_to_what_is_new(scene, start):
    """Alt-u goes to the first unread line, Alt-p and Alt-n from mention to mention."""
    for i in range(60):
        scene.bob.send(scene.general, f"line {i} end" + (" @alice" if i in (10, 40) else ""))
    screen = start(scene.alice)
    screen.shows("line 59 end")
    screen.type("\033u")
    screen.shows("─ new ─", "see https")
    screen.hides("line 59 end")
    screen.type("\033[1;5F")
    screen.shows("line 59 end")
    screen.type("\033p")
    screen.until(lambda: row_is_reverse(screen, "line 40 end"), "the newest mention")
    screen.type("\033p")
    screen.until(lambda: row_is_reverse(screen, "line 10 end"), "the one before")
    screen.type("\033p")
    screen.shows("no further mention")
    screen.type("\033n")
    screen.until(lambda: row_is_reverse(screen, "line 40 end"), "the newest again")


def test_first_unread_beyond_what_is_loaded(scene, start):
    """Alt-u loads page after page until the first unread line is there."""
    busy = scene.channel("busy")
    for i in range(330):
        scene.bob.send(busy, f"line {i} end")
    screen = start(scene.alice)
    screen.shows("see https", re.compile(r"\*#busy +99\+"))
    screen.type("\x10")
    screen.shows("line 329 end")
    screen.type("\033u")
    screen.shows("\u2500 new \u2500", "line 0 end")


def test_notice_ends(scene, start):
    """A notice stands while one writes, and not for long: then the state is back."""
    screen = opened(start, scene)
    screen.type("\0339")
    screen.shows("no channel of that number")
    screen.type("abc")
    screen.shows("> abc")
    assert "no channel of that number" in screen.text()
    screen.shows("[acme/#general] alice 1@ 1*")
    screen.type("\x15")


def test_complete_behind_punctuation(scene, start):
    screen = opened(start, scene)
    screen.type("\033[19~")
    screen.shows("\u25cb bob")
    for typed, wanted in (("(@b" + TAB, "(@bob"), ("x(#d" + TAB, "x(#dev"), ("me@b" + TAB, "me@b")):
        screen.type("\x15" + typed)
        screen.until(lambda w=wanted: screen.lines()[-1] == "> " + w, wanted)


def test_counts_are_the_servers(scene, start):
    """A renamed reader's mentions go with the messages that the server counted."""
    message = scene.bob.send(scene.dev, "again @alice")
    screen = start(scene.alice)
    screen.shows("see https", re.compile("@#dev +2"))
    scene.alice.patch("/users/me", {"username": "alicia"})
    scene.bob.delete(f"/messages/{message['id']}")
    screen.shows(re.compile("@#dev +1"))
    for text in ("~~~\n@alicia", "```\n@alicia", "https://x.org/@alicia"):
        scene.bob.send(scene.dev, text)
    scene.bob.send(scene.dev, "\u300c@alicia\u300d")
    screen.shows(re.compile("@#dev +2"))
    counted = next(u["mentions"] for u in scene.alice.get("/users/me/unread").json()
                   if u["channel_id"] == scene.dev)
    assert counted == 2


def test_invite_without_a_bound(scene, start):
    screen = opened(start, scene)
    screen.type("/invite create" + ENTER)
    screen.shows(re.compile("max uses +no limit"))


def test_notifications(scene, start):
    screen = start(scene.alice, config="[general]\nnotify = osc777\nbell = off\n")
    screen.shows("see https")
    scene.bob.send(scene.dev, "hello @alice")
    screen.until(lambda: b"\033]777;notify;chat;bob in #dev\a" in screen.raw, "a notification")
    assert b"\a" not in screen.raw.replace(b"#dev\a", b"")
