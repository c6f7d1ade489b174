"""Usernames: one script, NFC, unique by NFKC case-folding."""

import pytest

from chatlib import Client
from chatlib.people import ok


def register(client, name):
    email = f"{abs(hash(name))}@names.example"
    return client.post("/auth/register", {"username": name, "email": email, "password": "secret"})


@pytest.mark.parametrize("name", [
    "plain", "under_score", "dot.dash-9", "Жанна", "Ελένη", "日本語テスト", "한국어이름", "汉字名",
    "שלום", "ไทยคน", "naïve", "देवनागरी", "123456",
])
def test_names_of_one_script(anybody, name):
    assert register(anybody, name).status == 201


@pytest.mark.parametrize("name", [
    "аlice",            # a Cyrillic a
    "bοb_",             # a Greek omicron
    "Жannа", "aж_1",
    "nai\u0308ve",      # not in NFC
    "emoji😀", "zero\u200bwidth", "a\u00adbc", "a\ufe0fbc", "right\u202eleft", "a\u3000bc",
    "<script>", "a,b,c", "a+b", "new\nline", "nul\x7f", "½half", "ab\u0000c",
])
def test_names_that_are_refused(anybody, name):
    reply = register(anybody, name)
    assert reply.status == 422, reply
    assert reply.json()["errors"][0]["loc"] == ["body", "username"]


@pytest.mark.parametrize("first,second", [
    ("Straße1", "STRASSE1"), ("Ärger", "äRGER"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁsher", "fisher"),
    ("ｆｕｌｌｗｉｄｅ", "fullwide"), ("Case.Name", "case.name"),
])
def test_names_that_fold_alike_are_one(anybody, first, second):
    assert register(anybody, first).status == 201
    reply = register(anybody, second)
    assert (reply.status, reply.code()) == (400, "username_registered")


def test_login_in_any_case(newcomer):
    user = newcomer(name="Überfluß")
    client = Client(user.daemon)
    for name in ("überfluß", "ÜBERFLUSS", "Überfluß", "U\u0308berfluß"):
        form = {"username": name, "password": user.password}
        assert ok(client.post("/auth/login", form=form), 200)["access_token"]


def test_renaming_follows_the_same_rules(newcomer):
    user = newcomer()
    for name in ("аlice2", "nai\u0308ve2", "emoji😀"):
        assert user.patch("/users/me", {"username": name}).status == 422
