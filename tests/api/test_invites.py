"""Invites: made, seen, used, ended."""

import pytest

from chatlib import until
from chatlib.people import ok


def joined(user, code):
    return user.post(f"/invites/{code}").status


def test_joining(place, mallory):
    made = ok(place.owner.post(f"{place.path}/invites", {}), 201)
    assert made["uses"] == 0 and made["max_uses"] is None and made["expires_at"] is None
    assert made["creator_id"] == place.owner.id and len(made["code"]) >= 16
    seen = ok(mallory.get(f"/invites/{made['code']}"))
    assert (seen["server_id"], seen["server_name"]) == (place.id, "place")
    assert mallory.get(place.path).status == 403, "a look is no joining"
    assert ok(mallory.post(f"/invites/{made['code']}"), 200) == place.server
    assert mallory.get(place.path).status == 200


def test_joining_twice_counts_once(place, bob, carol):
    code = place.invite(max_uses=2)
    for _ in range(3):
        assert ok(bob.post(f"/invites/{code}"), 200)["id"] == place.id
        assert ok(bob.get(f"/invites/{code}"))["uses"] == 1
    assert joined(carol, code) == 200


def test_used_up(place, bob, carol, alice):
    code = place.invite(max_uses=1)
    assert joined(bob, code) == 200
    for reply in (carol.post(f"/invites/{code}"), carol.get(f"/invites/{code}")):
        assert (reply.status, reply.code()) == (404, "invite_not_found")
    assert code not in [i["code"] for i in ok(alice.get(f"{place.path}/invites"))]


def test_expired(place, mallory):
    made = ok(place.owner.post(f"{place.path}/invites", {"expires_in": 1}), 201)
    assert made["expires_at"] > made["created_at"]
    until(lambda: mallory.get(f"/invites/{made['code']}").status == 404, "the invite's end")
    assert joined(mallory, made["code"]) == 404


def test_the_list(place, alice):
    codes = [place.invite(), place.invite(max_uses=5), place.invite(expires_in=60)]
    assert len(set(codes)) == 3
    assert sorted(i["code"] for i in ok(alice.get(f"{place.path}/invites"))) == sorted(codes)


def test_taking_it_back(shared, alice, bob, carol, mallory):
    code = ok(bob.post(f"{shared.path}/invites", {}), 201)["code"]
    assert mallory.delete(f"/invites/{code}").status == 403
    assert carol.delete(f"/invites/{code}").status == 403
    assert bob.delete(f"/invites/{code}").status == 204
    assert bob.delete(f"/invites/{code}").status == 404
    assert joined(mallory, code) == 404


@pytest.mark.parametrize("way", ["kick", "ban", "leave"])
def test_an_invite_dies_with_its_creators_membership(shared, alice, bob, mallory, way):
    code = ok(bob.post(f"{shared.path}/invites", {}), 201)["code"]
    if way == "kick":
        assert alice.delete(f"{shared.path}/members/{bob.id}").status == 204
    elif way == "ban":
        assert alice.put(f"{shared.path}/bans/{bob.id}").status == 204
    else:
        assert bob.delete(f"{shared.path}/members/me").status == 204
    assert mallory.get(f"/invites/{code}").status == 404
    assert joined(mallory, code) == 404


@pytest.mark.parametrize("terms", [
    {"max_uses": 0}, {"max_uses": -1}, {"max_uses": 1000001}, {"max_uses": 2**63}, {"expires_in": 0},
    {"expires_in": -5}, {"expires_in": 31536001}, {"expires_in": 1e300},
])
def test_terms_that_do_not_fit(place, alice, terms):
    assert alice.post(f"{place.path}/invites", terms).status == 422


def test_a_number_that_is_none_is_refused(place, alice):
    kind = [("Content-Type", "application/json")]
    reply = alice.post(f"{place.path}/invites", body=b'{"max_uses": 1e400}', headers=kind)
    assert reply.status in (400, 422)


@pytest.mark.parametrize("code", ["x", "a%2Fb", "%27%20OR%201=1--", "x" * 63, "%C3%A9"])
def test_codes_that_lead_nowhere(alice, code):
    assert alice.get(f"/invites/{code}").status == 404


@pytest.mark.parametrize("code", ["x" * 300, "%ff"])
def test_what_is_no_code(alice, code):
    reply = alice.get(f"/invites/{code}")
    assert reply.status == 422 and reply.json()["errors"][0]["type"] == "string_type"
