"""What is no longer needed leaves in small steps, without being asked."""

import contextlib
import sqlite3

from chatlib import Daemon, User, until
from chatlib.people import ok

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
