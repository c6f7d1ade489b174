"""Options, .env, and what chatd says when it cannot start."""

import re
import signal
import socket
import sqlite3
import stat

import pytest

from chatlib import SECRET, Client, Connection, Daemon, Socket, User, run, until
from chatlib.people import ok
from chatlib.recorder import check_reply
from chatlib.tls import OPTIONS, make_certificate

LONG_KEY = "k" * 32
PUBLISHED = "your-secret-key-change-this-in-production"


def refused(tmp_path, *options, env=None):
    """chatd does not start, and says why in one line."""
    code, out, err = run("--port", "0", *options, cwd=tmp_path, env={"SECRET_KEY": SECRET} | (env or {}))
    assert code != 0 and out == ""
    assert len(err.strip().splitlines()) == 1, err
    return err


def lifetime(daemon):
    """What ACCESS_TOKEN_EXPIRE_MINUTES came to."""
    user = User(daemon, login=False)
    form = {"username": user.name, "password": user.password}
    return ok(Client(daemon).post("/auth/login", form=form), 200)["expires_in"] // 60


def test_help_names_every_option(tmp_path):
    code, out, _ = run("--help", cwd=tmp_path)
    assert code == 0 and max(map(len, out.splitlines())) <= 80
    for name in ("secret-key", "algorithm", "access-token-expire-minutes", "database-url", "host", "port",
                 "allowed-origins", "environment", "tls-cert", "tls-key", "trusted-proxies", "rate-limit",
                 "max-sockets-per-user", "max-sockets-per-address", "log-level", "log-format",
                 "metrics-token", "workers", "env-file", "check-config"):
        assert f"--{name}" in out


def test_version(tmp_path):
    code, out, _ = run("--version", cwd=tmp_path)
    assert code == 0 and re.fullmatch(r"chatd \d+\.\d+\.\d+.*\n", out)


def test_check_config(tmp_path):
    assert run("--check-config", cwd=tmp_path, env={"SECRET_KEY": SECRET})[0] == 0
    assert list(tmp_path.iterdir()) == [], "a check made something"
    assert run("--check-config", "--port", "x", cwd=tmp_path)[0] != 0


def test_precedence(tmp_path):
    (tmp_path / ".env").write_text(
        "# a comment\nexport ACCESS_TOKEN_EXPIRE_MINUTES='11'\nOTHER=ignored\nALGORITHM = \"HS384\"\n")
    with Daemon(tmp_path, env={"SECRET_KEY": SECRET}) as daemon:
        assert lifetime(daemon) == 11
    env = {"SECRET_KEY": SECRET, "ACCESS_TOKEN_EXPIRE_MINUTES": "12"}
    with Daemon(tmp_path, env=env) as daemon:
        assert lifetime(daemon) == 12
    with Daemon(tmp_path, "--access-token-expire-minutes=13", env=env) as daemon:
        assert lifetime(daemon) == 13


def test_another_env_file(tmp_path):
    (tmp_path / ".env").write_text("ACCESS_TOKEN_EXPIRE_MINUTES=11\n")
    (tmp_path / "other.env").write_text("ACCESS_TOKEN_EXPIRE_MINUTES=14\n")
    with Daemon(tmp_path, "--env-file", "other.env") as daemon:
        assert lifetime(daemon) == 14
    assert "none.env" in refused(tmp_path, "--env-file", "none.env")


@pytest.mark.parametrize("options,word", [
    (["--prot", "1"], "--port"), (["--port", "x"], "port"), (["--port", "65536"], "port"),
    (["--port"], "port"), (["--algorithm", "none"], "HS256"), (["--nonsense"], "--nonsense"),
    (["extra"], "not an option"), (["--access-token-expire-minutes", "0"], "access-token-expire-minutes"),
    (["--rate-limit", "maybe"], "rate-limit"), (["--database-url", "mysql://x"], "DATABASE_URL"),
    (["--host", "not an address"], "not an address"), (["--tls-cert", "x.pem"], "TLS_KEY"),
    (["--database-url", "sqlite:///./no/such/folder/x.db"], "make its folder"),
    (["--database-url", "sqlite:////proc/x.db"], "/proc/x.db"),
    (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "TLS_CERT: none.pem: No such file"),
    (["--tls-cert", "/dev/null", "--tls-key", "/dev/null"], "PEM"),
], ids=str)
def test_options_that_do_not_fit(tmp_path, options, word):
    assert word.lower() in refused(tmp_path, *options).lower()


def test_a_wrong_line_in_env_names_the_place(tmp_path):
    (tmp_path / ".env").write_text("PORT=eighty\n")
    code, _, err = run(cwd=tmp_path, env={"SECRET_KEY": SECRET})
    assert code != 0 and "PORT" in err and ".env" in err


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in refused(tmp_path, "--port", port)


def test_a_second_chatd_does_not_take_the_port(tmp_path, chatd):
    assert str(chatd.port) in refused(tmp_path, "--port", str(chatd.port))


@pytest.mark.parametrize("make", [
    lambda path: path.write_bytes(b"this is no database" * 100),
    lambda path: path.mkdir(),
], ids=["garbage", "directory"])
def test_a_database_that_is_none(tmp_path, make):
    path = tmp_path / "chat.db"
    make(path)
    assert "chat.db" in refused(tmp_path, "--database-url", "sqlite:///./chat.db")


def test_a_newer_schema(tmp_path):
    with Daemon(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "chat.db") as db:
        db.execute("PRAGMA user_version = 9999")
    db.close()
    assert "9999" in refused(tmp_path, "--database-url", "sqlite:///./chat.db")


def test_the_originals_database_is_not_touched(tmp_path):
    path = tmp_path / "discord_clone.db"
    with sqlite3.connect(path) as db:
        for table in ("users", "servers", "server_members", "channels", "messages"):
            db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, name VARCHAR(50))")
        db.execute("INSERT INTO users VALUES (1, 'somebody')")
    db.close()
    before = path.read_bytes(), path.stat().st_mtime_ns
    line = refused(tmp_path)
    assert "discord_clone.db" in line and "import" in line
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [p.name for p in tmp_path.iterdir()] == ["discord_clone.db"]


@pytest.mark.parametrize("key", [PUBLISHED, "your-super-secret-key-change-this-in-production",
                                 "your-secret-key-here", "weak", "k" * 31])
@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--environment", "production"]], ids=str)
def test_a_weak_key_is_refused_where_it_matters(tmp_path, key, options):
    line = refused(tmp_path, *options, env={"SECRET_KEY": key})
    assert "SECRET_KEY" in line and key not in line


def test_a_weak_key_will_do_for_a_try(tmp_path):
    with Daemon(tmp_path, env={"SECRET_KEY": PUBLISHED}) as daemon:
        assert User(daemon).token


def test_a_key_is_made_and_kept(tmp_path):
    with Daemon(tmp_path, env={}) as daemon:
        user = User(daemon)
        keys = [p for p in tmp_path.iterdir() if p.suffix == ".key"]
        assert len(keys) == 1 and stat.S_IMODE(keys[0].stat().st_mode) == 0o600
        assert len(keys[0].read_text().strip()) >= 32
    with Daemon(tmp_path, env={}) as daemon:
        assert Client(daemon, user.token).get("/users/me").status == 200
    keys[0].unlink()
    with Daemon(tmp_path, env={}) as daemon:
        assert Client(daemon, user.token).get("/users/me").status == 401


def test_an_empty_key_file_is_named(tmp_path):
    (tmp_path / "discord_clone.db.key").touch()
    code, _, err = run("--port", "0", cwd=tmp_path)
    assert code != 0 and "discord_clone.db.key" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("host,shown", [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"),
                                        ("localhost", "localhost")])
def test_what_it_says_next_can_be_typed(tmp_path, host, shown):
    with Daemon(tmp_path, "--host", host, env={"SECRET_KEY": SECRET}) as daemon:
        pass
    text = daemon.log()
    assert f"is ready on http://{shown}:{daemon.port}\n" in text
    assert f"chatctl register YOUR_NAME --email YOU@EXAMPLE.ORG --url http://{shown}:{daemon.port}\n" in text


def test_the_database_is_nobody_elses(tmp_path):
    with Daemon(tmp_path):
        assert stat.S_IMODE((tmp_path / "chat.db").stat().st_mode) == 0o600


def test_logs_are_json_without_secrets(tmp_path):
    with Daemon(tmp_path, "--log-level", "debug") as daemon:
        user = User(daemon, password="a secret password")
        wrong = Client(daemon)
        wrong.post("/auth/login", form={"username": user.name, "password": "a wrong password"})
        place = user.place()
        user.send(place.general, "a private message")
        with user.socket(place) as channel:
            channel.drain()
        seen = user.get("/users/me").header("X-Request-Id")
        user.get("/nowhere%0a%7b%22forged%22%3a1%7d", headers=[("User-Agent", "x\x1b[31m\"}")])
        user.close()  # after such bytes libwebsockets may close
        user.post("/auth/logout")
    text = daemon.log()
    for secret in ("a secret password", "a wrong password", "a private message", SECRET, user.token,
                   user.token.split(".")[2], user.email):
        assert secret not in text
    lines = daemon.log_lines()
    assert all({"time", "level", "message"} <= set(line) for line in lines)
    assert seen in text and "\x1b" not in text
    assert not any("forged" in line for line in lines)


def test_logs_as_text(tmp_path):
    with Daemon(tmp_path, env={"SECRET_KEY": SECRET}) as daemon:
        pass
    assert re.search(r"listening.*port=\d+", daemon.log())


def test_tls(tmp_path):
    trust = make_certificate(tmp_path)
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        place = user.place()
    with Daemon(tmp_path, *OPTIONS) as daemon:
        with Connection(daemon.address, tls=trust) as wire:
            for _ in range(3):
                wire.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert wire.read_reply().status == 200
        path = f"/ws/{user.id}/{place.id}/{place.general}?token={user.token}"
        with Socket(daemon.address, path, tls=trust) as channel:
            for n in range(5):
                channel.say(f"{n}" * 2000)
            assert [channel.expect("message")["content"][0] for _ in range(5)] == list("01234")
        with Connection(daemon.address) as plain:
            plain.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert plain.closed() and not plain.buffer.startswith(b"HTTP/1.1 200")


def test_a_renewed_certificate_drops_no_connection(tmp_path):
    ask = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    old = make_certificate(tmp_path)
    with Daemon(tmp_path, *OPTIONS) as daemon, Connection(daemon.address, tls=old) as stays:
        shown = stays.sock.getpeercert(binary_form=True)
        (tmp_path / "key.pem").rename(tmp_path / "old.pem")
        new = make_certificate(tmp_path)
        (tmp_path / "key.pem").rename(tmp_path / "new.pem")
        (tmp_path / "old.pem").rename(tmp_path / "key.pem")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "the old certificate stays" in daemon.log(), "a refused pair")
        with Connection(daemon.address, tls=old) as wire:
            assert wire.sock.getpeercert(binary_form=True) == shown
        (tmp_path / "new.pem").rename(tmp_path / "key.pem")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "the certificate was read anew" in daemon.log(), "the new pair")
        with Connection(daemon.address, tls=new) as wire:
            assert wire.sock.getpeercert(binary_form=True) != shown
            wire.send(ask)
            assert wire.read_reply().status == 200
        stays.send(ask)
        assert stays.read_reply().status == 200


def test_sigterm_ends_it_with_open_connections(tmp_path):
    daemon = Daemon(tmp_path).start()
    user = User(daemon)
    place = user.place()
    with user.socket(place) as channel:
        channel.drain()
        idle = Client(daemon)
        idle.get("/health")
        assert daemon.stop(10) == 0  # it takes 5 at most; a busy machine may be late
        assert channel.close_code() in (1001, None)


def test_sigterm_does_not_wait_for_passwords(tmp_path):
    """Many logins, to as many accounts from as many addresses, are seconds of argon2id: they are told
    to come again."""
    daemon = Daemon(tmp_path, "--rate-limit", "off", "--trusted-proxies", "127.0.0.1").start()
    user = User(daemon, login=False)
    logins = []
    for n in range(60):
        body = f"username={f'nobody{n}' if n else user.name}&password=correct+horse"
        logins.append(Connection(daemon.address))
        logins[-1].send(f"POST /auth/login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.{n}\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n{body}")
    assert logins[0].read_reply().status == 200
    assert daemon.stop(5) == 0
    for login in logins[1:]:
        reply = login.read_reply()
        check_reply(reply)
        assert reply.status in (401, 503)


def test_a_restart_keeps_everything(tmp_path):
    with Daemon(tmp_path) as daemon:
        user = User(daemon)
        place = user.place()
        sent = user.send(place.general, "kept", nonce="n")
    with Daemon(tmp_path) as daemon:
        user.daemon = daemon
        assert ok(user.get(f"/messages/{sent['id']}")) == sent
        again = user.post(f"/channels/{place.general}/messages", {"content": "kept", "nonce": "n"})
        assert again.status == 200 and again.json() == sent
        assert user.send(place.general, "next")["id"] > sent["id"]
