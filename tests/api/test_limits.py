"""What is bounded: rates, and how many there may be of a thing."""

from chatlib import Client, Connection, Daemon, Place, User, until
from chatlib.http1 import request_bytes
from chatlib.people import ok


def test_rates(tmp_path):
    with Daemon(tmp_path, "--rate-limit", "on") as daemon:
        user = User(daemon)
        guesser, other = Client(daemon), Client(daemon, source="127.0.0.2")
        statuses = [guesser.post("/auth/login", {}).status for _ in range(40)]
        assert statuses[0] == 422 and statuses[-1] == 429
        reply = guesser.post("/auth/login", {}, headers=[("X-Forwarded-For", "10.1.2.3")])
        assert (reply.status, reply.code()) == (429, "rate_limited")
        assert other.post("/auth/login", {}).status == 422, "another address pays for it"
        assert user.get("/users/me").status == 200, "another bucket pays for it"

        place = user.place()
        path = f"/channels/{place.general}/messages"
        statuses = [user.post(path, {"content": "x"}).status for _ in range(150)]
        assert statuses[:100] == [201] * 100 and 429 in statuses
        with user.socket(place) as socket:
            for _ in range(150):
                socket.say("x")
            assert socket.expect("error")["code"] == "rate_limited" or socket.close_code() == 4009


def test_openings_of_sockets_are_reads(tmp_path):
    with Daemon(tmp_path, "--rate-limit", "on") as daemon:
        user, other = User(daemon), User(daemon)
        upgrade = request_bytes("GET", "/gateway", [
            ("Authorization", f"Bearer {user.token}"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Sec-WebSocket-Version", "13")])

        def opened():
            with Connection(daemon.address) as connection:
                connection.send(upgrade)
                return connection.read_reply()

        for _ in range(300):
            user.get("/users/me")
        reply = until(lambda: (reply := opened()).status != 101 and reply, "a refusal")
        assert (reply.status, reply.code()) == (429, "rate_limited")
        assert int(reply.header("Retry-After")) > 0
        assert other.get("/users/me").status == 200


def test_behind_a_trusted_proxy(tmp_path):
    with Daemon(tmp_path, "--rate-limit", "on", "--trusted-proxies", "127.0.0.1") as daemon:
        client = Client(daemon)

        def guess(address):
            return client.post("/auth/login", {}, headers=[("X-Forwarded-For", address)]).status

        assert [guess("10.1.2.3") for _ in range(40)][-1] == 429
        assert guess("10.1.2.4") == 422
        assert guess("6.6.6.6, 10.1.2.3") == 429, "what the client itself wrote there counted"


def test_how_many_there_may_be(tmp_path):
    with Daemon(tmp_path) as daemon:
        user, guest = User(daemon), User(daemon)
        made = [ok(user.post("/servers", {"name": "s"}), 201) for _ in range(200)]
        assert len(ok(user.get("/servers"))) == 200
        full = user.post("/servers", {"name": "s"})
        assert (full.status, full.code()) == (409, "limit_reached")
        other = guest.place()
        assert user.post(f"/invites/{other.invite()}").status == 409
        assert user.delete(f"/servers/{made[0]['id']}").status == 204
        assert user.post(f"/invites/{other.invite()}").status == 200

        place = Place(user, made[1])
        for path, count in ((f"{place.path}/channels", 499), (f"{place.path}/invites", 1000)):
            for _ in range(count):
                ok(user.post(path, {"name": "c"}), 201)
            assert user.post(path, {"name": "c"}).status == 409
            listed = ok(user.get(path))
            assert len(listed) == (500 if "channels" in path else 1000)
        gone = ok(user.get(f"{place.path}/invites"))[0]["code"]
        assert user.delete(f"/invites/{gone}").status == 204
        assert user.post(f"{place.path}/invites", {}).status == 201
