"""Registering, logging in and out, passwords."""

import base64
import json
import subprocess

import pytest

from chatlib import User
from chatlib.people import ok

WRONG = "Incorrect username or password"


def register(client, **fields):
    body = {"username": "freshling", "email": "freshling@example.org", "password": "secret"} | fields
    return client.post("/auth/register", body)


def test_register_gives_the_user(anybody):
    reply = register(anybody, username="Ann_1.x-y", email="Ann@Example.org", extra="ignored")
    assert reply.status == 201
    user = reply.json()
    assert (user["username"], user["email"]) == ("Ann_1.x-y", "Ann@Example.org")
    assert user["status"] == "offline" and user["created_at"].endswith("Z")
    assert "password" not in reply.text


@pytest.mark.parametrize("name", ["alice", "ALICE", "aLiCe"])
def test_a_taken_name(anybody, alice, name):
    reply = register(anybody, username=name)
    assert (reply.status, reply.json()["detail"]) == (400, "Username already registered")


def test_a_taken_email(anybody, alice):
    for email in (alice.email, alice.email.upper()):
        reply = register(anybody, email=email)
        assert (reply.status, reply.json()["detail"]) == (400, "Email already registered")


@pytest.mark.parametrize("field,values", [
    ("username", ["", "ab", "x" * 51, "a b c", "a@b", "a/b/c", "tab\tname", " abc", "abc\u200b", "a\u202eb"]),
    ("email", ["", "ab", "nobody", "@example.org", "x@", "a b@c.d", "a@b@c", "x" * 95 + "@ab.de",
               "a\n@b.c"]),
    ("password", ["", "12345", "x" * 101]),
])
def test_fields_that_do_not_fit(anybody, field, values):
    for value in values:
        reply = register(anybody, **{field: value})
        assert reply.status == 422, (value, reply)
        assert reply.json()["errors"][0]["loc"] == ["body", field]


def test_limits_count_code_points(newcomer):
    user = newcomer(name="é" * 50, password="🔑" * 100)
    assert ok(user.get("/users/me"))["username"] == "é" * 50
    assert newcomer(name="日本語", password="🔑" * 6).token


def test_every_fault_is_named_at_once(anybody):
    reply = register(anybody, username="x", email="x", password="x")
    assert [p["loc"][1] for p in reply.json()["errors"]] == ["username", "email", "password"]


def test_login_by_form_as_the_original_client_does(alice, anybody):
    reply = anybody.post("/auth/login", form={
        "grant_type": "password", "username": alice.name, "password": alice.password, "scope": ""})
    assert reply.status == 200
    assert reply.json()["token_type"] == "bearer" and reply.json()["expires_in"] == 1440 * 60


def test_login_by_json_in_any_case(alice, anybody):
    body = {"username": alice.name.upper(), "password": alice.password}
    token = ok(anybody.post("/auth/login", body), 200)["access_token"]
    assert ok(alice.with_token(token).get("/users/me"))["id"] == alice.id


def multipart(fields, boundary="x-y'z", end="--"):
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                    for name, value in fields.items())
    return (parts + f"--{boundary}{end}\r\n").encode()


def test_login_by_a_form_of_a_browser(newcomer, anybody):
    user = newcomer()
    form = {"username": user.name, "password": user.password, "grant_type": "password"}
    for kind in ("multipart/form-data; boundary=x-y'z", "Multipart/Form-Data; charset=utf-8; boundary=\"x-y'z\""):
        reply = anybody.post("/auth/login", body=multipart(form), headers=[("Content-Type", kind)])
        assert reply.status == 200 and reply.json()["access_token"], reply
    wrong = anybody.post("/auth/login", body=multipart({**form, "password": "a\r\n--x"}),
                         headers=[("Content-Type", kind)])
    assert (wrong.status, wrong.code()) == (401, "bad_credentials")
    done = subprocess.run(["curl", "-s", "-F", f"username={user.name}", "-F", f"password={user.password}",
                           f"http://127.0.0.1:{user.daemon.port}/auth/login"], capture_output=True, check=True)
    assert json.loads(done.stdout)["token_type"] == "bearer"


@pytest.mark.parametrize("kind,body", [
    ("multipart/form-data", multipart({"username": "a", "password": "b"})),
    ("multipart/form-data; boundary=", multipart({"username": "a", "password": "b"})),
    ("multipart/form-data; boundary=other", multipart({"username": "a", "password": "b"})),
    ("multipart/form-data; boundary=x-y'z", multipart({"username": "a", "password": "b"}, end="")),
    ("multipart/form-data; boundary=x-y'z", multipart({"username": "a"})),
    ("multipart/form-data; boundary=x-y'z", b""),
    ("multipart/form-data; boundary=x-y'z", b"--x-y'z\r\n\r\nno name\r\n--x-y'z--\r\n"),
], ids=range(7))
def test_a_form_of_a_browser_that_does_not_fit(anybody, alice, place, kind, body):
    reply = anybody.post("/auth/login", body=body, headers=[("Content-Type", kind)])
    assert (reply.status, reply.code()) == (422, "invalid"), reply
    elsewhere = alice.post(f"{place.path}/channels", body=body or b"x", headers=[("Content-Type", kind)])
    assert elsewhere.status == 415


def test_form_encoding_is_decoded(newcomer, anybody):
    user = newcomer(password="p+ä %&=")
    form = {"username": user.name, "password": user.password}
    assert anybody.post("/auth/login", form=form).status == 200


@pytest.mark.parametrize("body", [
    b"", b"username=alice", b"username=alice&username=bob&password=xxxxxx",
    b"username=%ff%fe&password=xxxxxx", b"username=a%00b&password=xxxxxx",
    b"username=%zz&password=xxxxxx", b"username=alice&password=",
])
def test_a_form_that_does_not_fit(anybody, body):
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    assert anybody.post("/auth/login", body=body, headers=kind).status == 422


def test_a_wrong_password_and_an_unknown_name_look_alike(alice, anybody):
    wrong = anybody.post("/auth/login", form={"username": alice.name, "password": "not this"})
    unknown = anybody.post("/auth/login", form={"username": "nobody-here", "password": "not this"})
    for reply in (wrong, unknown):
        assert (reply.status, reply.json()["detail"]) == (401, WRONG)


def test_the_token_says_who_and_how_long(alice):
    head, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in alice.token.split("."))
    assert json.loads(head)["alg"] == "HS256"
    claims = json.loads(claims)
    assert claims["sub"] == str(alice.id) and claims["username"] == alice.name
    assert claims["exp"] - claims["iat"] == 1440 * 60 and len(claims["sid"]) == 32


def test_logout_revokes_at_once(newcomer):
    user = newcomer()
    other = user.with_token(user.login())
    assert ok(user.post("/auth/logout"), 200)["message"]
    reply = user.get("/users/me")
    assert (reply.status, reply.code()) == (401, "bad_token")
    assert user.post("/auth/logout").status == 401
    assert other.get("/users/me").status == 200


def test_changing_the_password(newcomer):
    user = newcomer()
    other = user.with_token(user.login())
    wrong = user.post("/auth/password", {"old_password": "wrong one", "new_password": "new secret"})
    assert (wrong.status, wrong.code()) == (400, "wrong_password")
    assert other.get("/users/me").status == 200

    change = {"old_password": user.password, "new_password": "new secret"}
    assert user.post("/auth/password", change).status == 204
    assert user.get("/users/me").status == 200
    assert other.get("/users/me").status == 401
    form = {"username": user.name, "password": user.password}
    assert other.post("/auth/login", form=form).status == 401
    assert user.login("new secret")


def test_a_failed_registration_leaves_the_name_free(chatd, alice, anybody):
    assert register(anybody, username="stillfree", email=alice.email).status == 400
    assert User(chatd, "stillfree").id
