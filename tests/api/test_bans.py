"""Bans: out, and not in again."""

from chatlib.people import ok


def test_a_banned_member_is_out_and_stays_out(shared, alice, bob, carol):
    code = shared.invite()
    assert alice.put(f"{shared.path}/bans/{bob.id}").status == 204
    assert bob.get(shared.path).status == 403
    reply = bob.post(f"/invites/{code}")
    assert (reply.status, reply.code()) == (403, "banned")
    assert bob.id not in [m["user_id"] for m in ok(alice.get(f"{shared.path}/members"))]


def test_the_list_and_the_ban(shared, alice, bob, carol):
    shared.set_role(carol, "moderator")
    assert carol.put(f"{shared.path}/bans/{bob.id}").status == 204
    bans = ok(alice.get(f"{shared.path}/bans"))
    assert [(b["user_id"], b["creator_id"], b["user"]["username"]) for b in bans] == [
        (bob.id, carol.id, "bob")]
    assert ok(alice.get(f"{shared.path}/bans/{bob.id}")) == bans[0]
    assert alice.put(f"{shared.path}/bans/{bob.id}").status == 204, "banning twice"
    assert ok(alice.get(f"{shared.path}/bans")) == bans


def test_lifting_it(shared, alice, bob):
    assert alice.put(f"{shared.path}/bans/{bob.id}").status == 204
    assert alice.delete(f"{shared.path}/bans/{bob.id}").status == 204
    assert alice.delete(f"{shared.path}/bans/{bob.id}").status == 404
    assert alice.get(f"{shared.path}/bans/{bob.id}").status == 404
    assert bob.get(shared.path).status == 403, "lifting a ban is no invitation"
    shared.join(bob)


def test_banning_ahead_of_joining(place, alice, mallory):
    assert alice.put(f"{place.path}/bans/{mallory.id}").status == 204
    assert mallory.post(f"/invites/{place.invite()}").status == 403


def test_nobody_to_ban(place, alice):
    reply = alice.put(f"{place.path}/bans/9007199254740991")
    assert (reply.status, reply.code()) == (404, "user_not_found")
