"""Much data, made by SQL in seconds: past chatd, which must not run meanwhile."""

import sqlite3
from contextlib import closing, contextmanager

NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"


@contextmanager
def bulk(database):
    """The database for changes that nobody needs on disk until they all are."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -262144")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_users(db, count):
    """The ids. Nobody logs in as these: they have no password."""
    first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM users").fetchone()[0]
    db.execute(f"{NUMBERS.format(count=count)} INSERT INTO users (id, username, username_fold, email,"
               " email_fold, password_hash, created_at)"
               " SELECT i + ?1, 'b' || (i + ?1), 'b' || (i + ?1), 'b' || (i + ?1) || '@example.org',"
               " 'b' || (i + ?1) || '@example.org', '!', 0 FROM n", (first,))
    return list(range(first, first + count))


def add_server(db, owner, members, channels):
    """A server of so many channels; its id and theirs."""
    server = db.execute("INSERT INTO servers (name, owner_id, created_at, rev, settings_rev)"
                        " VALUES ('bulk', ?, 0, 1, 1)", (owner,)).lastrowid
    low, high = db.execute("SELECT min(role), max(role) FROM members").fetchone()
    people = [(server, owner, high), *((server, user, low) for user in members if user != owner)]
    db.executemany("INSERT INTO members (server_id, user_id, role, joined_at, created_rev, rev)"
                   " VALUES (?, ?, ?, 0, 1, 1)", people)
    ids = [db.execute("INSERT INTO channels (server_id, name, created_at, created_rev, rev)"
                      " VALUES (?, 'bulk', 0, 1, 1)", (server,)).lastrowid for _ in range(channels)]
    return server, ids


def add_messages(db, server, channels, author, count):
    """So many in each channel, in turns as they come in life; the id of the first."""
    first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM messages").fetchone()[0]
    rev = db.execute("SELECT rev FROM servers WHERE id = ?", (server,)).fetchone()[0]
    total = count * len(channels)
    # Channels that were made together have ids in a row.
    db.execute(f"{NUMBERS.format(count=total)} INSERT INTO messages (id, server_id, channel_id, user_id,"
               " content, created_at, updated_at, created_rev, rev)"
               " SELECT i + ?1, ?2, ?3 + i % ?4, ?5, 'The quick brown fox jumps over the lazy dog.',"
               " 0, 0, ?6 + i + 1, ?6 + i + 1 FROM n",
               (first, server, channels[0], len(channels), author, rev))
    db.execute("UPDATE servers SET rev = rev + ? WHERE id = ?", (total, server))
    return first
