"""What every row of the endpoint table implies, tried on every endpoint."""

import json

import pytest

from chatlib import ENDPOINTS, OBJECTS, Client, Connection
from chatlib.people import ok

ALL = list(ENDPOINTS.values())
MISSING = {"code": "nosuchinvitecodeatall", "session_id": "0" * 32}
NO_ID = 2**53 - 1


def rows(wanted):
    return pytest.mark.parametrize("endpoint", [e for e in ALL if wanted(e)], ids=str)


def texts():
    """(endpoint, field) for every text in a body."""
    pairs = [(e, f) for e in ALL for f in OBJECTS[e.request].values() if f.type == "TEXT"]
    return pytest.mark.parametrize(
        "endpoint,field", pairs, ids=[f"{e}-{f.name}" for e, f in pairs])


with_login = rows(lambda e: e.rank >= 0)
with_body = rows(lambda e: e.request != "none")


def sample(name):
    """A valid object of the table: every required field."""
    values = {"USERNAME": "someone", "EMAIL": "someone@example.org"}

    def value(field):
        special = next((values[flag] for flag in values if flag in field.flags), None)
        by_type = {"TEXT": "x" * max(field.min, 6), "ROLE": "member", "STATUS": "away", "ID": 1}
        return special or by_type[field.type]

    return {f.name: value(f) for f in OBJECTS[name].values() if "REQUIRED" in f.flags}


@pytest.fixture(scope="module")
def values(people):
    """The path parameters of things that exist, all alice's; bob is a member."""
    place = people["alice"].place("table")
    place.join(people["bob"])
    yield {
        "server_id": place.id, "channel_id": place.general, "user_id": people["bob"].id,
        "message_id": people["alice"].send(place.general, "here")["id"],
        "code": place.invite(), "session_id": ok(people["alice"].get("/auth/sessions"))[0]["id"],
    }
    place.delete()


def call(client, endpoint, values, body=None, path=None, **how):
    """Calls with whatever the row needs to be valid but for what the test breaks."""
    query = sample(endpoint.query) if endpoint.query != "none" else None
    if body is None and endpoint.request != "none":
        body = json.dumps(sample(endpoint.request)).encode()
    headers = how.pop("headers", [("Content-Type", "application/json")])
    path = path or endpoint.fill(values)
    return client.request(endpoint.method, path, body=body, headers=headers, query=query, **how)


@with_login
def test_no_token_is_401(endpoint, values, anybody):
    for path in endpoint.paths:
        reply = call(anybody, endpoint, values, path=endpoint.fill(values, path))
        assert (reply.status, reply.code()) == (401, "not_logged_in")


@with_login
def test_a_bad_token_is_401(endpoint, values, chatd):
    reply = call(Client(chatd, "not.a.token"), endpoint, values)
    assert (reply.status, reply.code()) == (401, "bad_token")


@rows(lambda e: e.rank >= 1)
def test_a_stranger_is_403(endpoint, values, mallory):
    reply = call(mallory, endpoint, values)
    assert (reply.status, reply.code()) == (403, "not_member")


@rows(lambda e: e.rank >= 2)
def test_a_low_rank_is_403(endpoint, values, bob):
    reply = call(bob, endpoint, values)
    assert (reply.status, reply.code()) == (403, "rank_too_low")


@rows(lambda e: e.params)
def test_what_is_not_there_is_404(endpoint, values, alice):
    last = endpoint.params[-1]
    reply = call(alice, endpoint, values | {last: MISSING.get(last, NO_ID)})
    assert reply.status == 404 and reply.code().endswith("_not_found")


@rows(lambda e: e.rank >= 1)
def test_what_is_not_there_is_404_for_strangers_too(endpoint, values, mallory):
    first = endpoint.params[0]
    reply = call(mallory, endpoint, values | {first: NO_ID})
    assert reply.status == 404


@pytest.mark.parametrize("bad", ["0", "-1", "1.5", "x", "9007199254740992", "9223372036854775808",
                                 "99999999999999999999", "1e400", "0x1", "1%20", "%31x", "%EF%BC%91"])
@rows(lambda e: any(p.endswith("_id") and p != "session_id" for p in e.params))
def test_a_bad_id_is_422(endpoint, values, alice, bad):
    for param in endpoint.params:
        reply = call(alice, endpoint, values | {param: bad})
        assert reply.status == 422, (param, reply)
        assert reply.json()["errors"][0]["loc"] == ["path", param]


@pytest.mark.parametrize("body", [
    b"{", b"", b"{}x", b"{'a':1}", b'{"a":1,}', b"\xff\xfe{}", b'{"a":', b"nul", b"\x00", b'{"a":01}',
    b'{"a":NaN}', b'{"a":"\n"}', b'{"a":1}{"b":2}', b"[" * 100, b'{"a":' * 33 + b"1" + b"}" * 33,
    b'{"a":1,"a":2}', b'{"b":{"a":1,"a":1}}',
])
@with_body
def test_broken_json_is_400(endpoint, values, alice, body):
    reply = call(alice, endpoint, values, body=body)
    fits = body == b"" and not any("REQUIRED" in f.flags for f in OBJECTS[endpoint.request].values())
    if body == b"":
        assert reply.status in ((endpoint.status,) if fits else (400, 422))
    else:
        assert (reply.status, reply.code()) in ((400, "bad_json"), (422, "invalid")), reply
        assert reply.status == 400 or b"\xff" in body, reply


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"true", b"[{}]"])
@with_body
def test_what_is_no_object_is_422(endpoint, values, alice, body):
    assert call(alice, endpoint, values, body=body).status == 422


@with_body
def test_each_required_field_is_required(endpoint, values, alice):
    whole = sample(endpoint.request)
    for name in whole:
        for part in ({k: v for k, v in whole.items() if k != name}, whole | {name: None}):
            reply = call(alice, endpoint, values, body=json.dumps(part).encode())
            assert reply.status == 422, reply
            assert ["body", name] in [p["loc"] for p in reply.json()["errors"]]


@with_body
def test_each_field_has_its_type(endpoint, values, alice):
    whole = sample(endpoint.request)
    for name, field in OBJECTS[endpoint.request].items():
        wrong = ["7", 1.5, True, [], {}] if field.type in ("INT", "ID") else [7, 7.0, False, ["x"], {"x": 1}]
        for value in wrong:
            reply = call(alice, endpoint, values, body=json.dumps(whole | {name: value}).encode())
            assert reply.status == 422, (name, value, reply)
            assert reply.json()["errors"][0]["loc"] == ["body", name]


@texts()
def test_each_text_has_its_length(endpoint, field, values, alice):
    whole = sample(endpoint.request)
    fill = "é"
    lengths = [field.max + 1] + ([field.min - 1] if field.min > 0 else [])
    for length in lengths:
        body = json.dumps(whole | {field.name: fill * length}, ensure_ascii=False).encode()
        reply = call(alice, endpoint, values, body=body)
        assert reply.status == 422, (length, reply)
        assert reply.json()["errors"][0]["loc"] == ["body", field.name]


@pytest.mark.parametrize("bad", [b"a\\u0000bcdefgh", b"a\\ud800bcdefgh", b"a\\udc00\\ud800bcdefgh",
                                 b"a\xffbcdefgh", b"a\xed\xa0\x80bcdefgh", b"a\xc0\x80bcdefgh"])
@texts()
def test_text_is_utf8_without_nul(endpoint, field, values, alice, bad):
    whole = sample(endpoint.request) | {field.name: "@@"}
    body = json.dumps(whole).encode().replace(b"@@", bad)
    reply = call(alice, endpoint, values, body=body)
    assert (reply.status, reply.code()) == (422, "invalid"), reply


@with_body
def test_another_content_type_is_415(endpoint, values, alice):
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/xml"):
        reply = call(alice, endpoint, values, headers=[("Content-Type", kind)])
        is_form = kind.startswith("multipart") and endpoint.name == "login"
        assert reply.status == (422 if is_form else 415), (kind, reply)


@with_body
def test_json_by_any_of_its_names(endpoint, values, mallory, anybody):
    """Parameters and case do not matter: what comes is the next check's answer."""
    client = mallory if endpoint.rank >= 0 else anybody
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        reply = call(client, endpoint, values, body=b"[]", headers=[("Content-Type", kind)])
        assert reply.status in (422, 403), reply


@with_body
def test_a_body_over_64_kib_is_413(endpoint, values, chatd, alice):
    client = Client(chatd, alice.token)
    assert call(client, endpoint, values, body=b" " * 65537).status == 413
    client.close()


@rows(lambda e: True)
def test_another_method_is_405(endpoint, values, alice):
    for path in endpoint.paths:
        taken = {e.method for e in ALL if path in e.paths or path == "/users/me" and e.path ==
                 "/users/{user_id}"}
        wrong = next(m for m in ("PUT", "POST", "PATCH", "DELETE", "GET") if m not in taken)
        reply = alice.request(wrong, endpoint.fill(values, path))
        assert reply.status == 405, reply
        assert taken <= set(reply.header("Allow").replace(" ", "").split(","))


@rows(lambda e: e.method == "GET")
def test_head_is_get_without_the_body(endpoint, values, alice):
    get = alice.get(endpoint.fill(values))
    head = alice.request("HEAD", endpoint.fill(values))
    assert (head.status, head.body) == (get.status, b"")
    assert head.header("Content-Type") == get.header("Content-Type")


@rows(lambda e: e.method == "GET")
def test_a_trailing_slash_and_a_content_type_change_nothing(endpoint, values, alice):
    path = endpoint.fill(values)
    reply = alice.get(path.rstrip("/") + "/", headers=[("Content-Type", "application/json")])
    assert reply.status == alice.get(path).status


@rows(lambda e: e.aliases)
def test_both_spellings_lead_to_the_same(endpoint, values, mallory, alice):
    for path in endpoint.paths:
        assert call(mallory, endpoint, values, path=endpoint.fill(values, path)).status == 403
        slash = endpoint.fill(values, path) + "/"
        assert call(mallory, endpoint, values, path=slash).status == 403


@rows(lambda e: e.method in ("POST", "PATCH", "PUT", "DELETE") and e.request != "none")
def test_without_a_length_the_body_is_empty(endpoint, values, chatd, alice):
    """Godot sends such requests."""
    with Connection(chatd.address) as connection:
        connection.send(f"{endpoint.method} {endpoint.fill(values)} HTTP/1.1\r\nHost: x\r\n"
                        f"Authorization: Bearer {alice.token}\r\n\r\n")
        optional = not any("REQUIRED" in f.flags for f in OBJECTS[endpoint.request].values())
        assert connection.read_reply().status == (endpoint.status if optional else 422)
