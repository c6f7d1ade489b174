"""How long `chatd import` takes for a database of the original with a million messages.

The database is the original's schema as its SQLAlchemy makes it, filled in one transaction.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD") or HERE.parents[1] / "build")
CHATD = os.environ.get("CHATD") or str(BUILD / "chatd/chatd")
sys.path.insert(0, str(HERE.parent / "lib"))

# pylint: disable=wrong-import-position
import original

USERS, SERVERS, CHANNELS = 1000, 50, 10  # channels in each server
TEXTS = ("ok", "see you there", "a line of what people write to each other, no more and no less 🙂",
         "two\nlines with some more of the text that a longer answer to a question has in it " * 3)


def fill(path, messages):
    """An original's database with that many messages."""
    engine = original.create_engine(f"sqlite:///{path}")
    original.Base.metadata.create_all(engine)
    engine.dispose()
    at = "2024-05-01 10:00:00.123456"
    hashed = original.bcrypt.hashpw(b"password", original.bcrypt.gensalt(4)).decode()
    db = sqlite3.connect(path)
    with db:
        def put(table, columns, rows):
            marks = ", ".join("?" * len(columns.split()))
            db.executemany(f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})", rows)
        put("users", "id username email hashed_password status created_at",
            ((n, f"user{n}", f"user{n}@example.org", hashed, "ONLINE", at) for n in range(1, USERS + 1)))
        put("servers", "id name description owner_id created_at",
            ((n, f"server {n}", "", n, at) for n in range(1, SERVERS + 1)))
        put("server_members", "server_id user_id role joined_at",
            ((server, user, "OWNER" if server == user else "MEMBER", at)
             for server in range(1, SERVERS + 1)
             for user in sorted({server, *range(1, USERS + 1, 5)})))
        put("channels", "id name server_id created_at",
            ((n, f"channel {n}", n % SERVERS + 1, at) for n in range(1, SERVERS * CHANNELS + 1)))
        put("messages", "id content channel_id user_id created_at updated_at is_edited",
            ((n, TEXTS[n % len(TEXTS)], n * 7919 % (SERVERS * CHANNELS) + 1, n * 31 % USERS + 1, at, at, n % 20 == 0)
             for n in range(1, messages + 1)))
    db.close()


def main():
    parser = argparse.ArgumentParser(prog="run.sh import", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1000000, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "old.db")
        fill(source, options.messages)
        begin = time.monotonic()
        done = subprocess.run([CHATD, "import", f"sqlite:///{source}", "--database-url",
                               f"sqlite:///{folder}/chat.db"], cwd=folder, capture_output=True,
                              text=True, check=False)
        seconds = time.monotonic() - begin
        print(done.stdout, done.stderr[-2000:], sep="")
        if done.returncode:
            sys.exit("the import failed")
        print(f"{options.messages} messages ({source.stat().st_size >> 20} MiB) in {seconds:.1f} s: "
              f"{options.messages / seconds:.0f} a second")


if __name__ == "__main__":
    main()
