"""Tokens made by hand: exactly the configured algorithm, and the original's tokens."""

import base64
import json

import pytest

from chatlib import SECRET, Client, Daemon, User, jwt, now, until
from chatlib.people import ok


def claims(user, **changes):
    """The claims of a token of the original: no session, no time of issue."""
    made = {"sub": str(user.id), "username": user.name, "exp": now() + 600} | changes
    return {name: value for name, value in made.items() if value is not None}


def session_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sid"]


def status(user, token):
    client = user.with_token(token)
    reply = client.get("/users/me")
    client.close()
    return reply.status


def test_a_token_of_the_original_is_accepted(alice):
    assert status(alice, jwt(claims(alice))) == 200
    assert status(alice, jwt(claims(alice, iat=now()))) == 200


@pytest.mark.parametrize("changes", [
    {"exp": None}, {"exp": 0}, {"exp": "9999999999"}, {"exp": True}, {"exp": 1e10 + 0.5},
    {"exp": -1}, {"nbf": 9999999999},
    {"sub": None}, {"sub": 1}, {"sub": True}, {"sub": ""}, {"sub": "0"}, {"sub": "-1"},
    {"sub": "1.0"}, {"sub": " 1"}, {"sub": "1x"}, {"sub": "+1"}, {"sub": "0x1"}, {"sub": ["1"]},
    {"sub": "9007199254740991"}, {"sub": "99999999999999999999"}, {"sub": "1" * 400},
    {"sid": "0" * 32}, {"sid": ""}, {"sid": 7}, {"sid": "x"}, {"sid": "0" * 5000},
], ids=str)
def test_claims_that_do_not_hold(alice, changes):
    assert status(alice, jwt(claims(alice, **changes))) == 401


def test_an_expired_token(alice):
    assert status(alice, jwt(claims(alice, exp=now() - 1))) == 401
    assert status(alice, jwt(claims(alice, nbf=now() - 1))) == 200


def test_a_sub_that_is_a_number(alice):
    assert status(alice, jwt(claims(alice, sub=alice.id))) == 401


@pytest.mark.parametrize("header", [
    {"alg": "none"}, {"alg": "None"}, {"alg": "HS384"}, {"alg": "RS256"}, {"alg": ""}, {"typ": "JWT"},
    {"alg": None}, {"alg": ["HS256"]}, {"alg": "hs256"},
], ids=str)
def test_another_algorithm_in_the_header(alice, header):
    """Signed with the right key, as HS256: still not what the configuration says."""
    signed = jwt(claims(alice), header=header)
    assert status(alice, signed) == 401
    assert status(alice, signed.rpartition(".")[0] + ".") == 401


def test_signatures_that_do_not_fit(alice):
    token = jwt(claims(alice))
    head, body, mac = token.split(".")
    other = jwt(claims(alice, sub="1"))
    for broken in (jwt(claims(alice), key=""), jwt(claims(alice), key=SECRET + "x"),
                   jwt(claims(alice), alg="HS384"), jwt(claims(alice), alg="HS512"),
                   f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{mac[:-4]}",
                   f"{head}.{body}.{other.split('.')[2]}" if alice.id != 1 else f"{head}.{body}.AAAA",
                   f"{head}..{mac}", f".{body}.{mac}", "..", f"{token}.{mac}", "a" * 3000):
        assert status(alice, broken) == 401, broken


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic YTpi", "Token {t}", "{t}", "Bearer {t} x"])
def test_an_authorization_that_is_no_bearer(alice, anybody, value):
    header = ("Authorization", value.replace("{t}", alice.token))
    assert anybody.get("/users/me", headers=[header]).status == 401


def test_the_schemes_case_does_not_matter(alice, anybody):
    header = ("Authorization", f"bearer {alice.token}")
    assert anybody.get("/users/me", headers=[header]).status == 200


def test_rest_takes_no_token_from_the_query(alice, anybody):
    assert anybody.get("/users/me", query={"token": alice.token}).status == 401


def test_a_foreign_session(alice, bob):
    token = jwt(claims(alice, sid=session_of(bob.token), iat=now()))
    assert status(alice, token) == 401
    mine = jwt(claims(alice, sid=session_of(alice.token), iat=now()))
    assert status(alice, mine) == 200


def test_logout_with_a_token_of_the_original(newcomer):
    """It ends all tokens without a session that are older or do not say, and no session."""
    user = newcomer()
    old, dated = jwt(claims(user)), jwt(claims(user, iat=now() - 5))
    assert status(user, dated) == 200
    assert user.with_token(old).post("/auth/logout").status == 200
    assert status(user, old) == 401
    assert status(user, dated) == 401
    assert status(user, jwt(claims(user, exp=now() + 1200))) == 401
    until(lambda: status(user, jwt(claims(user, iat=now()))) == 200, "a later second")
    assert user.get("/users/me").status == 200


def test_a_new_password_ends_tokens_of_the_original(newcomer):
    user = newcomer()
    old = jwt(claims(user))
    assert status(user, old) == 200
    change = {"old_password": user.password, "new_password": "another secret"}
    assert user.post("/auth/password", change).status == 204
    assert status(user, old) == 401


@pytest.mark.parametrize("configured", ["HS384", "HS512"])
def test_another_configured_algorithm(tmp_path, configured):
    with Daemon(tmp_path, "--algorithm", configured) as daemon:
        user = User(daemon)
        assert user.get("/users/me").status == 200
        for alg in ("HS256", "HS384", "HS512", "none"):
            expected = 200 if alg == configured else 401
            assert status(user, jwt(claims(user), alg=alg)) == expected


def test_the_configured_lifetime(tmp_path):
    with Daemon(tmp_path, "--access-token-expire-minutes", "5") as daemon:
        user = User(daemon)
        form = {"username": user.name, "password": user.password}
        assert ok(Client(daemon).post("/auth/login", form=form), 200)["expires_in"] == 300
