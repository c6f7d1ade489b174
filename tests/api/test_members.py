"""Members and their roles: who may do what to whom."""

import itertools

import pytest

from chatlib import Place
from chatlib.people import ok

ROLES = ["member", "moderator", "admin", "owner"]
RANK = {role: rank for rank, role in enumerate(ROLES)}
ACTORS = {"member": "bob", "moderator": "carol", "admin": "dave", "owner": "alice"}
TARGETS = {"member": "erin", "moderator": "frank", "admin": "grace", "owner": "alice"}


@pytest.fixture(scope="module")
def court(people):
    """A server with two of each rank but the owner."""
    place = people["alice"].place("court")
    for names in (ACTORS, TARGETS):
        for role in ROLES[:3]:
            place.join(people[names[role]], role)
    yield place
    place.delete()


def role_of(place, user):
    members = ok(user.get(f"{place.path}/members"))
    return next((m["role"] for m in members if m["user_id"] == user.id), None)


GIFTS = [gift for gift in itertools.product(ROLES, repeat=3) if gift != ("owner",) * 3]


@pytest.mark.parametrize("actor,target,role", GIFTS)
def test_giving_a_role(court, people, actor, target, role):
    by, whom = people[ACTORS[actor]], people[TARGETS[target]]
    allowed = (RANK[actor] >= RANK["admin"] and RANK[target] < RANK[actor]
               and (RANK[role] < RANK[actor] or actor == role == "owner"))
    reply = by.patch(f"{court.path}/members/{whom.id}", {"role": role})
    if not allowed:
        assert (reply.status, reply.code()) == (403, "rank_too_low")
        assert role_of(court, whom) == target
        return
    assert reply.status == 200 and reply.json()["role"] == role == role_of(court, whom)
    if role == "owner":
        assert role_of(court, by) == "admin"
        assert ok(by.get(court.path))["owner_id"] == whom.id
        assert ok(whom.patch(f"{court.path}/members/{by.id}", {"role": "owner"}), 200)
        assert role_of(court, whom) == "admin"
    court.set_role(whom, target)


def test_handing_over_to_oneself_changes_nothing(place, alice):
    assert place.set_role(alice, "owner")["role"] == "owner"
    assert role_of(place, alice) == "owner" and ok(alice.get(place.path))["owner_id"] == alice.id


@pytest.mark.parametrize("actor,target", itertools.product(ROLES, repeat=2))
def test_kicking(court, people, actor, target):
    by, whom = people[ACTORS[actor]], people[TARGETS[target]]
    reply = by.delete(f"{court.path}/members/{whom.id}")
    if RANK[actor] >= RANK["moderator"] and RANK[target] < RANK[actor]:
        assert reply.status == 204
        assert whom.get(court.path).status == 403
        court.join(whom, target)
    elif by is whom:
        assert (reply.status, reply.code()) == (400, "owner_cannot_leave")
    else:
        assert (reply.status, reply.code()) == (403, "rank_too_low")
        assert role_of(court, whom) == target


@pytest.mark.parametrize("actor,target", itertools.product(ROLES, repeat=2))
def test_banning(court, people, actor, target):
    by, whom = people[ACTORS[actor]], people[TARGETS[target]]
    reply = by.put(f"{court.path}/bans/{whom.id}")
    if RANK[actor] >= RANK["moderator"] and RANK[target] < RANK[actor]:
        assert reply.status == 204
        assert whom.get(court.path).status == 403
        assert people["alice"].delete(f"{court.path}/bans/{whom.id}").status == 204
        court.join(whom, target)
    else:
        assert (reply.status, reply.code()) == (403, "rank_too_low")
        assert role_of(court, whom) == target


@pytest.mark.parametrize("action,least", [
    (lambda p, u: u.patch(p.path, {"name": "court"}), "admin"),
    (lambda p, u: u.post(f"{p.path}/channels", {"name": "c"}), "moderator"),
    (lambda p, u: u.patch(f"/channels/{p.general}", {"description": "d"}), "moderator"),
    (lambda p, u: u.delete(f"/channels/{p.channel()}"), "admin"),
    (lambda p, u: u.get(f"{p.path}/invites"), "moderator"),
    (lambda p, u: u.post(f"{p.path}/invites", {}), "member"),
    (lambda p, u: u.delete(f"/invites/{p.invite()}"), "moderator"),
    (lambda p, u: u.get(f"{p.path}/bans"), "moderator"),
    (lambda p, u: u.post(f"/channels/{p.general}/messages", {"content": "x"}), "member"),
    (lambda p, u: u.get(f"/channels/{p.general}/messages"), "member"),
    (lambda p, u: u.patch(f"/messages/{p.owner.send(p.general, 'x')['id']}", {"content": "y"}), "nobody"),
    (lambda p, u: u.delete(f"/messages/{p.owner.send(p.general, 'x')['id']}"), "moderator"),
], ids=["server-update", "channel-create", "channel-update", "channel-delete", "invite-list",
        "invite-create", "invite-delete", "ban-list", "send", "history", "edit", "message-delete"])
def test_what_a_role_may(court, people, action, least):
    for role in ROLES[:3]:
        reply = action(court, people[ACTORS[role]])
        allowed = RANK[role] >= RANK.get(least, 9)
        assert (reply.status < 300) if allowed else (reply.status == 403), (role, reply)


def test_only_the_owner_deletes(court, people):
    for role in ROLES[:3]:
        assert people[ACTORS[role]].delete(court.path).status == 403
    assert people["alice"].get(court.path).status == 200


def test_leaving(shared, bob):
    assert bob.delete(f"{shared.path}/members/me").status == 204
    assert bob.get(shared.path).status == 403
    assert bob.delete(f"{shared.path}/members/me").status == 403
    assert shared.id not in [s["id"] for s in ok(bob.get("/servers"))]
    shared.join(bob)
    assert bob.delete(f"{shared.path}/members/{bob.id}").status == 204


def test_the_owner_cannot_leave(place, alice):
    for name in ("me", alice.id):
        reply = alice.delete(f"{place.path}/members/{name}")
        assert (reply.status, reply.code()) == (400, "owner_cannot_leave")


def test_a_handed_over_server_can_be_left(alice, bob):
    place = alice.place()
    place.join(bob)
    assert place.set_role(bob, "owner")["role"] == "owner"
    assert alice.delete(place.path).status == 403
    assert alice.delete(f"{place.path}/members/me").status == 204
    members = ok(bob.get(f"{place.path}/members"))
    assert [(m["user_id"], m["role"]) for m in members] == [(bob.id, "owner")]
    assert bob.delete(place.path).status == 204


def test_who_comes_back_is_a_member_again(shared, bob):
    shared.set_role(bob, "admin")
    bob.delete(f"{shared.path}/members/me")
    shared.join(bob)
    assert role_of(shared, bob) == "member"


def test_pages_of_members(court, alice):
    everybody = ok(alice.get(f"{court.path}/members"))
    ids = [m["user_id"] for m in everybody]
    assert ids == sorted(ids) and len(ids) == 7
    paged, after = [], 0
    while page := ok(alice.get(f"{court.path}/members?limit=3" + (f"&after={after}" if after else ""))):
        assert len(page) <= 3
        paged += page
        after = page[-1]["user_id"]
    assert paged == everybody


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.5",
                                   "after=0", "after=-1", "after=x", "after=9007199254740992",
                                   "limit=1&limit=2"])
def test_pages_that_do_not_fit(place, alice, query):
    for resource in ("members", "bans"):
        assert alice.get(f"{place.path}/{resource}?{query}").status == 422


@pytest.mark.parametrize("role", ["boss", "", "Admin", "OWNER"])
def test_a_role_that_is_none(shared, alice, bob, role):
    assert alice.patch(f"{shared.path}/members/{bob.id}", {"role": role}).status == 422


def test_someone_who_is_no_member(place, alice, mallory):
    for reply in (alice.patch(f"{place.path}/members/{mallory.id}", {"role": "admin"}),
                  alice.delete(f"{place.path}/members/{mallory.id}")):
        assert (reply.status, reply.code()) == (404, "member_not_found")


def test_membership_of_one_server_gives_nothing_in_another(shared, bob, mallory):
    theirs = Place(mallory, ok(mallory.post("/servers", {"name": "theirs"}), 201))
    shared.set_role(bob, "admin")
    assert bob.get(theirs.path).status == 403
    assert bob.get(f"/channels/{theirs.general}/messages").status == 403
    assert bob.patch(f"{theirs.path}/members/{mallory.id}", {"role": "member"}).status == 403
    theirs.delete()
