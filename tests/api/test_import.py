"""chatd import: a deployment of the original moves over whole, or not at all."""

import hashlib
import os
import pty
import re
import signal
import sqlite3
import subprocess
import threading
from datetime import datetime, timezone

import pytest

import original
from chatlib import CHATD, SECRET, Client, Daemon, jwt, now, run
from chatlib.people import ok

TABLES = ("users", "servers", "channels", "messages", "server_members")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "discord_clone.db"
    original.make(path)
    return path


def sql(path, *statements):
    """Changes a database, or asks it: the rows of the last statement."""
    db = sqlite3.connect(path)
    with db:
        for statement in statements:
            rows = db.execute(statement).fetchall()
    db.close()
    return rows


def import_into(tmp_path, *options, source="discord_clone.db"):
    return run("import", f"sqlite:///./{source}", *options, "--database-url", "sqlite:///./chat.db",
               cwd=tmp_path)


def moved(tmp_path, *options):
    """The counts that a successful import prints: {table: [in the source, imported, …]}."""
    code, out, err = import_into(tmp_path, *options)
    assert code == 0, err
    found = {name: [int(n) for n in rest.split()]
             for name, rest in re.findall(r"^(\w+)((?: +\d+){5})$", out, re.M)}
    assert tuple(found) == TABLES
    return found


def refused(tmp_path, *options, source="discord_clone.db"):
    """What an import says that fails, and leaves nothing behind."""
    code, out, err = import_into(tmp_path, *options, source=source)
    assert code == 1 and out == ""
    assert not list(tmp_path.glob("chat.db*")), "a target was left"
    return err


def fingerprint(tmp_path):
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in tmp_path.glob("discord_clone.db*")}


def wire_time(text):
    at = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def rows_of(path, table):
    """The rows as REST should show them."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    found = [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY id")]
    db.close()
    for row in found:
        row.pop("hashed_password", None)
        for name, value in row.items():
            if name.endswith("_at"):
                row[name] = wire_time(value)
            elif name in ("status", "role"):
                row[name] = value.lower()
            elif name == "is_edited":
                row[name] = bool(value)
    return found


def part(row, like):
    return {name: row[name] for name in like}


def old_token(user_id):
    return jwt({"sub": str(user_id), "username": "whatever", "exp": now() + 600})


def login(daemon, username, password):
    client = Client(daemon)
    reply = client.post("/auth/login", form={"username": username, "password": password})
    client.close()
    return reply.status


def hash_of(tmp_path, username):
    return sql(tmp_path / "chat.db", f"SELECT password_hash FROM users WHERE username = '{username}'")[0][0]


# --- everything comes over ---


def test_every_row_is_there(tmp_path, source):
    before = fingerprint(tmp_path)
    counts = moved(tmp_path)
    assert fingerprint(tmp_path) == before and len(before) == 1
    for table in TABLES:
        n = len(rows_of(source, table))
        assert counts[table] == [n, n, 0, 0, 0]

    with Daemon(tmp_path) as daemon:
        users = {row["id"]: row for row in rows_of(source, "users")}
        ada = Client(daemon, old_token(1))
        for user_id, row in users.items():
            me = ok(Client(daemon, old_token(user_id)).get("/users/me"))
            assert me == row
        assert ok(ada.get("/servers")) == rows_of(source, "servers")[:1]
        assert ok(Client(daemon, old_token(2)).get("/servers")) == rows_of(source, "servers")
        assert ok(Client(daemon, old_token(12)).get("/servers")) == []
        members = ok(ada.get("/servers/2/members"))
        expected = [row for row in rows_of(source, "server_members") if row["server_id"] == 2]
        assert [part(member, expected[0]) for member in members] == expected
        assert [member["user"]["username"] for member in members] == ["ada", "Bob", "bob", "élan vital!"]
        channels = [row for row in rows_of(source, "channels") if row["server_id"] == 2]
        assert [part(row, channels[0]) for row in ok(ada.get("/servers/2/channels"))] == channels
        for channel, reader in ((3, 1), (4, 1), (9, 2)):
            expected = [row for row in rows_of(source, "messages") if row["channel_id"] == channel]
            page = ok(Client(daemon, old_token(reader)).get(f"/channels/{channel}/messages?limit=100"))
            assert [part(row, expected[0]) for row in page] == expected
        # And it goes on from there.
        sent = ok(ada.post("/channels/3/messages", {"content": "on chatd"}), 201)
        assert sent["id"] == max(row["id"] for row in rows_of(source, "messages")) + 1


def test_revs_are_in_order_and_all_is_read(tmp_path, source):
    sql(source, "DELETE FROM server_members WHERE id = 30")
    moved(tmp_path)
    for server, rev in sql(tmp_path / "chat.db", "SELECT id, rev FROM servers"):
        given = sql(tmp_path / "chat.db", "SELECT rev FROM (SELECT settings_rev AS rev, id AS server_id"
                    " FROM servers UNION ALL SELECT rev, server_id FROM members"
                    " UNION ALL SELECT rev, server_id FROM channels UNION ALL SELECT rev, server_id"
                    f" FROM messages) WHERE server_id = {server} ORDER BY rev")
        assert [row[0] for row in given] == list(range(1, rev + 1))
    assert sql(tmp_path / "chat.db", "SELECT count(*) FROM messages a JOIN messages b ON a.server_id ="
               " b.server_id AND a.id < b.id AND a.rev > b.rev OR a.created_rev <> a.rev") == [(0,)]
    with Daemon(tmp_path) as daemon:
        unread = ok(Client(daemon, old_token(3)).get("/users/me/unread"))
        assert {row["channel_id"]: (row["unread"], row["mentions"]) for row in unread} == \
            {3: (0, 0), 4: (0, 0), 9: (0, 0)}
        ok(Client(daemon, old_token(2)).post("/channels/9/messages", {"content": "news for @bob"}), 201)
        unread = ok(Client(daemon, old_token(3)).get("/users/me/unread"))
        assert sum(row["unread"] for row in unread) == 1


def test_passwords_go_on_and_become_argon2(tmp_path, source):
    moved(tmp_path)
    assert hash_of(tmp_path, "ada").startswith("$2b$")
    with Daemon(tmp_path) as daemon:
        assert login(daemon, "ada", "wrong") == 401
        assert login(daemon, "nobody", "wrong") == 401
        assert hash_of(tmp_path, "ada").startswith("$2b$")
        assert login(daemon, "ADA", original.password_of("ada")) == 200
        assert hash_of(tmp_path, "ada").startswith("$argon2id$")
        assert login(daemon, "ada", original.password_of("ada")) == 200
        assert login(daemon, "ada", "wrong") == 401
        # Of two whose names fold alike each has its own.
        assert login(daemon, "Bob", original.password_of("Bob")) == 200
        assert login(daemon, "bob", original.password_of("bob")) == 200
        assert login(daemon, "bob", original.password_of("Bob")) == 401
        assert login(daemon, "BOB", original.password_of("Bob")) == 401
    assert hash_of(tmp_path, "loner").startswith("$2b$")


def test_logins_at_once(tmp_path, source):
    """The first to be written changes the hash under the others."""
    moved(tmp_path)
    with Daemon(tmp_path) as daemon:
        seen = []

        def one():
            seen.append(login(daemon, "loner", original.password_of("loner")))

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [200] * 4


def test_a_password_change_with_an_old_hash(tmp_path, source):
    moved(tmp_path)
    with Daemon(tmp_path) as daemon:
        client = Client(daemon, old_token(7))
        change = {"old_password": original.password_of("élan vital!"), "new_password": "another one"}
        assert client.post("/auth/password", change | {"old_password": "wrong"}).status in (400, 401, 403)
        assert client.post("/auth/password", change).status == 204
        assert login(daemon, "élan vital!", "another one") == 200
        assert login(daemon, "élan vital!", change["old_password"]) == 401


# --- spellings of the same schema ---


@pytest.mark.parametrize("statement", [
    "ALTER TABLE users RENAME COLUMN hashed_password TO password_hash",
    "ALTER TABLE messages RENAME COLUMN user_id TO author_id",
    "ALTER TABLE messages RENAME COLUMN updated_at TO edited_at",
    "UPDATE users SET status = lower(status)",
    "UPDATE server_members SET role = lower(role)",
    "UPDATE messages SET created_at = replace(created_at, ' ', 'T') || 'Z'",
], ids=str)
def test_other_spellings(tmp_path, source, statement):
    expected = rows_of(source, "messages")
    sql(source, statement)
    counts = moved(tmp_path)
    assert all(row[0] == row[1] for row in counts.values())
    with Daemon(tmp_path) as daemon:
        page = ok(Client(daemon, old_token(2)).get("/channels/9/messages?limit=100"))
        expected = [row for row in expected if row["channel_id"] == 9]
        assert [part(row, expected[0]) for row in page] == expected
        assert ok(Client(daemon, old_token(3)).get("/users/me"))["status"] == "dnd"
        roles = [row["role"] for row in ok(Client(daemon, old_token(2)).get("/servers/2/members"))]
        assert roles == ["owner", "admin", "moderator", "member"]


def test_times_without_microseconds(tmp_path, source):
    sql(source, "UPDATE messages SET created_at = '2024-05-01 10:11:12'",
        "UPDATE messages SET updated_at = NULL")
    moved(tmp_path)
    with Daemon(tmp_path) as daemon:
        for row in ok(Client(daemon, old_token(2)).get("/channels/9/messages?limit=100")):
            assert row["created_at"] == row["updated_at"] == "2024-05-01T10:11:12.000Z"


def test_columns_that_may_be_missing(tmp_path, source):
    sql(source, "ALTER TABLE users DROP COLUMN status", "ALTER TABLE servers DROP COLUMN description",
        "ALTER TABLE channels DROP COLUMN description", "ALTER TABLE messages DROP COLUMN updated_at",
        "ALTER TABLE messages DROP COLUMN is_edited",
        "CREATE TABLE plain AS SELECT server_id, user_id, role, joined_at FROM server_members",
        "DROP TABLE server_members", "ALTER TABLE plain RENAME TO server_members")
    assert all(row[0] == row[1] for row in moved(tmp_path).values())


# --- what is made to fit ---


def test_memberships_are_put_right(tmp_path, source):
    sql(source, "INSERT INTO server_members VALUES (40, 2, 7, 'ADMIN', '2024-01-01 00:00:00')",
        "DELETE FROM server_members WHERE id = 30",
        "UPDATE server_members SET role = 'OWNER' WHERE id = 31",
        "UPDATE users SET status = 'GONE_FISHING' WHERE id = 12")
    code, out, err = import_into(tmp_path)
    assert code == 0
    assert "server_members 40: user 7 is in server 2 already" in err
    assert "servers 5: its owner, user 2, was no member" in err
    assert "server_members 31: user 3 is not the owner of server 5" in err
    assert "users 12: its status" in err and "users 3: its username" in err
    assert re.search(r"server_members +6 +5 +1 +0 +1\n", out)
    with Daemon(tmp_path) as daemon:
        bob = Client(daemon, old_token(2))
        assert [row["role"] for row in ok(bob.get("/servers/2/members"))] == \
            ["owner", "admin", "moderator", "admin"]
        assert [(row["user_id"], row["role"]) for row in ok(bob.get("/servers/5/members"))] == \
            [(2, "owner"), (3, "admin")]


# --- what does not fit ---

MISFITS = [
    ("INSERT INTO messages VALUES (500, 'orphan', 77, 1, '2024-01-01', '2024-01-01', 0)",
     "messages 500 does not fit: channel_id 77: no such channel"),
    ("INSERT INTO messages VALUES (500, 'orphan', 3, 77, '2024-01-01 00:00:00', NULL, 0)",
     "messages 500 does not fit: user_id 77: no such user"),
    ("UPDATE messages SET content = '' WHERE id = 3", "messages 3 does not fit: content is empty"),
    ("UPDATE messages SET content = content || content WHERE id = 6",
     "messages 6 does not fit: content has 4000 characters, of which 2000 may be"),
    ("UPDATE messages SET content = x'610062' WHERE id = 3", "messages 3 does not fit: content is not text"),
    ("UPDATE messages SET content = CAST(x'610062' AS TEXT) WHERE id = 3", "content is not UTF-8"),
    ("UPDATE messages SET content = CAST(x'ff' AS TEXT) WHERE id = 3", "content is not UTF-8"),
    ("UPDATE messages SET created_at = 'yesterday' WHERE id = 3", "created_at is not a date and time"),
    ("UPDATE messages SET created_at = 1700000000 WHERE id = 3", "created_at is not a date and time"),
    ("UPDATE messages SET is_edited = 'maybe' WHERE id = 3", "is_edited is neither 0 nor 1"),
    ("UPDATE messages SET id = -1 WHERE id = 3", "messages: row 1 does not fit: id -1 is not an id"),
    ("UPDATE users SET hashed_password = 'secret123' WHERE id = 12",
     "users 12 does not fit: hashed_password is a hash neither of bcrypt nor of argon2id"),
    ("UPDATE users SET email = 'x' || hex(zeroblob(50)) WHERE id = 12", "email has 101 characters"),
    ("UPDATE servers SET owner_id = 99 WHERE id = 5", "servers 5 does not fit: owner_id 99: no such user"),
    ("UPDATE servers SET name = '' WHERE id = 5", "servers 5 does not fit: name is empty"),
    ("UPDATE channels SET description = 'x' || description WHERE id = 4", "description has 501 characters"),
    ("UPDATE server_members SET role = 'KING' WHERE id = 31", "role is none of owner"),
    ("UPDATE server_members SET user_id = 99 WHERE id = 31", "user_id 99: no such user"),
]


@pytest.mark.parametrize("statement,fault", MISFITS, ids=[fault for _, fault in MISFITS])
def test_a_row_that_does_not_fit(tmp_path, source, statement, fault):
    sql(source, statement)
    before = fingerprint(tmp_path)
    err = refused(tmp_path)
    assert fault in err
    assert "none were imported" in err and "--skip-bad" in err.splitlines()[-1]
    # With what hangs on it left out as well, the rest fits.
    counts = moved(tmp_path, "--skip-bad")
    assert sum(row[3] for row in counts.values()) >= 1
    assert all(row[0] == row[1] + row[2] + row[3] for row in counts.values())
    assert fingerprint(tmp_path) == before
    with Daemon(tmp_path) as daemon:
        assert ok(Client(daemon, old_token(1)).get("/users/me"))["id"] == 1


def test_names_that_are_the_same(tmp_path, source):
    """Without the unique index, which somebody's migration may have lost."""
    sql(source, "DROP INDEX ix_users_username", "DROP INDEX ix_users_email",
        "UPDATE users SET username = 'ada' WHERE id = 7", "UPDATE users SET email = 'ada@example.org' WHERE id = 12")
    err = refused(tmp_path)
    assert "users 7 does not fit: username is that of user 1, too" in err
    assert "users 12 does not fit: email is that of user 1, too" in err


def test_what_hangs_on_a_bad_row_is_named(tmp_path, source):
    sql(source, "UPDATE servers SET name = '' WHERE id = 5")
    err = refused(tmp_path)
    messages = [row["id"] for row in rows_of(source, "messages") if row["channel_id"] == 9]
    for line in ["servers 5 ", "channels 9 ", "server_members 30 ", "server_members 31 ",
                 *(f"messages {number} " for number in messages)]:
        assert re.search(f"^{line}does not fit", err, re.M), line
    assert f"{len(messages) + 4} of the rows" in err


def test_more_than_the_limits(tmp_path, source):
    db = sqlite3.connect(source)
    with db:
        db.executemany("INSERT INTO channels VALUES (?, 'c', NULL, 2, '2024-01-01 00:00:00')",
                       [(number,) for number in range(100, 599)])
        db.executemany("INSERT INTO servers VALUES (?, 's', NULL, 1, '2024-01-01 00:00:00')",
                       [(number,) for number in range(100, 300)])
        db.executemany("INSERT INTO server_members VALUES (?, ?, 12, 'MEMBER', '2024-01-01 00:00:00')",
                       [(number, number) for number in range(100, 300)])
        db.execute("INSERT INTO server_members VALUES (300, 2, 12, 'MEMBER', '2024-01-01 00:00:00')")
    db.close()
    err = refused(tmp_path)
    assert "channels 598 does not fit: server_id 2 has 500 channels already" in err
    assert "server_members 300 does not fit: user_id 12 is in 200 servers already" in err
    assert "2 of the rows" in err


# --- where from and where to ---


def test_again_it_refuses(tmp_path, source):
    moved(tmp_path)
    before = sql(tmp_path / "chat.db", "SELECT count(*) FROM messages")
    code, out, err = import_into(tmp_path)
    assert code == 1 and out == "" and "has users already" in err and len(err.splitlines()) == 1
    assert sql(tmp_path / "chat.db", "SELECT count(*) FROM messages") == before


def test_into_a_database_that_nobody_used(tmp_path, source):
    with Daemon(tmp_path):
        pass
    moved(tmp_path)


def test_a_refused_import_leaves_a_present_database(tmp_path, source):
    with Daemon(tmp_path):
        pass
    sql(source, "UPDATE servers SET name = ''")
    assert import_into(tmp_path)[0] == 1
    assert (tmp_path / "chat.db").exists()
    assert sql(tmp_path / "chat.db", "SELECT count(*) FROM users") == [(0,)]


def test_chatd_itself_takes_the_moved_database_alone(tmp_path, source):
    """Where .env still names the original's file, as target or to start from."""
    code, _, err = run("import", "sqlite:///./discord_clone.db", cwd=tmp_path)
    assert code == 1 and "move it aside" in err and "chatd import" in err


def test_a_write_that_fails_leaves_nothing(tmp_path, source):
    assert limited(tmp_path, "trap '' XFSZ; ulimit -f 400") == 1
    assert not list(tmp_path.glob("chat.db*"))
    moved(tmp_path)


def held_up(tmp_path, source, meanwhile, *options):
    """An import that stops in the middle until meanwhile() is over: (exit code, its last line)."""
    db = sqlite3.connect(source)
    with db:
        db.executemany("INSERT INTO messages VALUES (?, 'orphan', 3, 77, '2024-01-01 00:00:00', NULL, 0)",
                       [(number,) for number in range(1000, 4000)])
    db.close()
    with subprocess.Popen([CHATD, "import", "sqlite:///./discord_clone.db", "--database-url",
                           "sqlite:///./chat.db", *options], cwd=tmp_path, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        process.stderr.readline()  # after which it waits for somebody to read the rest
        kept = meanwhile()
        last = process.stderr.read().splitlines()[-1]
    del kept
    return process.returncode, last


def test_a_failed_import_leaves_what_another_uses(tmp_path, source):
    """A chatd that began on the new database while rows were read keeps it."""
    def use():
        db = sqlite3.connect(tmp_path / "chat.db")
        assert db.execute("SELECT count(*) FROM users").fetchone() == (0,)
        return db

    assert held_up(tmp_path, source, use)[0] == 1
    assert (tmp_path / "chat.db").exists()


def test_a_source_that_is_still_in_use(tmp_path, source):
    def change():
        sql(source, "UPDATE users SET status = 'AWAY' WHERE id = 1")

    code, last = held_up(tmp_path, source, change, "--skip-bad")
    assert code == 1 and "changed while it was read" in last
    assert not list(tmp_path.glob("chat.db*"))


@pytest.mark.parametrize("blocks", [40, 400])  # of 512 bytes: while the schema is made, and after it
def test_killed_in_between_it_begins_anew(tmp_path, source, blocks):
    assert limited(tmp_path, f"ulimit -f {blocks}") == -signal.SIGXFSZ
    assert (tmp_path / "chat.db").exists()
    moved(tmp_path)


def limited(tmp_path, how):
    """The exit code of an import whose files may not grow as they should."""
    command = f"{how}; exec {CHATD} import sqlite:///./discord_clone.db --database-url sqlite:///./chat.db"
    return subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False).returncode


def test_changes_beside_the_source(tmp_path, source):
    db = sqlite3.connect(source)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("UPDATE users SET status = 'AWAY'")
    db.commit()
    before = fingerprint(tmp_path)
    assert "wal_checkpoint" in refused(tmp_path)
    assert fingerprint(tmp_path) == before
    db.close()
    moved(tmp_path)


@pytest.mark.parametrize("change,words", [
    ("DROP TABLE server_members", "lacks the table server_members"),
    ("ALTER TABLE users DROP COLUMN hashed_password", "lacks users.hashed_password"),
    ("ALTER TABLE messages DROP COLUMN content", "lacks messages.content"),
], ids=str)
def test_what_is_missing_is_named(tmp_path, source, change, words):
    sql(source, change)
    assert words in refused(tmp_path)


def test_sources_that_are_none(tmp_path):
    assert "none.db" in refused(tmp_path, source="none.db")
    (tmp_path / "garbage.db").write_bytes(b"this is no database" * 100)
    assert "garbage.db" in refused(tmp_path, source="garbage.db")
    (tmp_path / "folder").mkdir()
    assert "folder" in refused(tmp_path, source="folder")
    with Daemon(tmp_path, "--database-url", "sqlite:///./own.db"):
        pass
    assert "chatd's own" in refused(tmp_path, source="own.db")


@pytest.mark.parametrize("options,words", [
    ([], "needs the URL"), (["mysql://host/db"], "mysql://host/db"),
    (["sqlite:///./a.db", "sqlite:///./b.db"], "not an option"),
    (["sqlite:///./a.db", "--skip-bed"], "--skip-bed"),
], ids=str)
def test_commands_that_are_none(tmp_path, options, words):
    code, out, err = run("import", *options, cwd=tmp_path)
    assert code != 0 and out == "" and words in err and len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_no_key_is_made(tmp_path, source):
    """And none is asked for: what the original published is refused when chatd starts."""
    moved(tmp_path)
    assert not list(tmp_path.glob("*.key"))


def test_progress_on_a_terminal_only(tmp_path, source):
    db = sqlite3.connect(source)
    with db:
        db.executemany("INSERT INTO messages VALUES (?, 'm', 3, 1, '2024-01-01 00:00:00', NULL, 0)",
                       [(number,) for number in range(1000, 3000)])
    db.close()
    ours, theirs = pty.openpty()
    with subprocess.Popen([CHATD, "import", "sqlite:///./discord_clone.db", "--database-url",
                           "sqlite:///./chat.db"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        out = process.stdout.read().decode()
    drawn = b""
    while chunk := _read(ours):
        drawn += chunk
    os.close(ours)
    assert process.returncode == 0 and re.search(rb"\r\w+ +\[#* *\] +\d+%", drawn)
    assert drawn.endswith(b"\r\x1b[K") and "%" not in out
    (tmp_path / "chat.db").unlink()
    assert "%" not in "".join(import_into(tmp_path)[1:])


def _read(fd):
    try:
        return os.read(fd, 65536)
    except OSError:  # the other side of a terminal that was closed
        return b""


def test_an_old_token_signed_with_another_key(tmp_path, source):
    moved(tmp_path)
    with Daemon(tmp_path) as daemon:
        claims = {"sub": "1", "username": "ada", "exp": now() + 600}
        assert Client(daemon, jwt(claims, key=SECRET)).get("/users/me").status == 200
        assert Client(daemon, jwt(claims, key=SECRET[::-1])).get("/users/me").status == 401
