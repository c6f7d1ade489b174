"""What is no longer needed leaves in steps, without being asked, and gives its room back."""

import contextlib
import re
import sqlite3
import threading

from chatlib import CHATD, Client, Daemon, User, is_sanitized, until
from chatlib.people import ok

SLOW = is_sanitized(CHATD)  # then the smallest step may take longer than a step should

MESSAGES = 1200  # more than two steps remove


def count(directory, sql):
    with contextlib.closing(sqlite3.connect(f"file:{directory}/chat.db?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchone()[0]


def test_what_was_deleted_is_purged(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        place = user.place()
        extra = place.channel()
        user.send(place.general, "stays")
        with user.socket(place, extra) as channel:
            for n in range(MESSAGES):
                channel.say(f"goes {n}")
            channel.expect("message", content=f"goes {MESSAGES - 1}")
        assert user.delete(f"/channels/{extra}").status == 204
        assert count(tmp_path, "SELECT count(*) FROM messages") == MESSAGES + 1
    with Daemon(tmp_path) as daemon:
        left = "SELECT count(*) FROM messages WHERE content LIKE 'goes%'"
        until(lambda: count(tmp_path, left) == 0, "the channel to be purged")
        until(lambda: count(tmp_path, "SELECT count(*) FROM purges") == 0, "the end of it")
        # Beside what stays there is the newest row, emptied, or its id would be given again.
        assert count(tmp_path, "SELECT count(*) FROM messages") == 2
        user.daemon = daemon
        assert [m["content"] for m in ok(user.get(f"/channels/{place.general}/messages"))] == ["stays"]


# --- a large one ---

MANY = 60_000
FILL = """
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
    INSERT INTO messages (server_id, channel_id, user_id, content, nonce, created_at, updated_at,
                          created_rev, rev)
    SELECT s.id, {channel}, s.owner_id, printf('%0300d', i), hex(randomblob(8)), 1, 1, s.rev + i, s.rev + i
    FROM n, servers s WHERE s.id = {server}
"""


class Large:
    """A stopped chatd with a channel of many messages that was deleted and is not purged yet."""

    def __init__(self, directory):
        self.directory = directory
        self.daemon = Daemon(directory, "--rate-limit", "off", "--log-level", "debug")
        with self.daemon:
            self.user = User(self.daemon)
            self.place = self.user.place()
            extra = self.place.channel()
            self.user.close()
        self.fill(extra, MANY)
        self.fill(self.place.general, 1000)
        self.before = (directory / "chat.db").stat().st_size
        with self.daemon:
            assert self.user.delete(f"/channels/{extra}").status == 204
            self.user.close()
            # It ends before the next upkeep has come far.

    def fill(self, channel, messages):
        server = self.place.id
        with contextlib.closing(sqlite3.connect(self.directory / "chat.db")) as db, db:
            db.execute(FILL.format(count=messages, channel=channel, server=server))
            db.execute(f"UPDATE servers SET rev = rev + {messages} WHERE id = {server}")

    def steps(self):
        return [int(n) for n in re.findall(r'"purged","rows":(\d+)', self.daemon.log())]

    def is_purged(self):
        return count(self.directory, "SELECT count(*) FROM purges") == 0


def test_alone_it_takes_as_much_as_fits(tmp_path):
    large = Large(tmp_path)
    with large.daemon:
        until(large.is_purged, "the purge")
        assert sum(large.steps()) >= MANY - 1
        assert max(large.steps()) > 500 or SLOW, large.steps()
        # Of some 30 MB a few stay, also while it runs. (A reader may be in the way of the first try.)
        until(lambda: (tmp_path / "chat.db").stat().st_size < large.before / 4, "the file to shrink", 100)
        assert len(ok(large.user.get(f"/channels/{large.place.general}/messages?limit=100"))) == 100
    assert count(tmp_path, "PRAGMA integrity_check") == "ok"


def test_beside_others_it_takes_small_steps(tmp_path):
    large = Large(tmp_path)
    before = len(large.steps())
    with large.daemon:
        done = threading.Event()

        def write(client):
            while not done.is_set():
                ok(client.post(f"/channels/{large.place.general}/messages", {"content": "x"}), 201)

        writers = [threading.Thread(target=write, args=(Client(large.daemon, large.user.token),)) for _ in range(4)]
        for writer in writers:
            writer.start()
        until(lambda: len(large.steps()) >= before + 8, "some steps")
        assert max(large.steps()[before + 2:]) <= 500
        done.set()
        for writer in writers:
            writer.join()
        until(large.is_purged, "the purge")
        assert max(large.steps()) > 500 or SLOW, "alone it goes faster again"


def test_a_database_that_was_not_made_to_shrink(tmp_path):
    """It is purged too; the pages are used again; and chatd(8) says how it learns to."""
    def set_shrinking(mode):
        with contextlib.closing(sqlite3.connect(tmp_path / "chat.db", isolation_level=None)) as db:
            db.execute(f"PRAGMA auto_vacuum = {mode}")
            db.execute("VACUUM")

    large = Large(tmp_path)
    set_shrinking("NONE")
    with large.daemon:
        until(large.is_purged, "the purge")
    size = (tmp_path / "chat.db").stat().st_size
    assert size > large.before * 3 / 4 and '"shrunk"' not in large.daemon.log()
    set_shrinking("INCREMENTAL")
    assert (tmp_path / "chat.db").stat().st_size < large.before / 4
    with large.daemon:
        assert len(ok(large.user.get(f"/channels/{large.place.general}/messages?limit=100"))) == 100
    assert count(tmp_path, "PRAGMA auto_vacuum") == 2
