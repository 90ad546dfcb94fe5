"""What is hidden and why, on both sides of each line that is drawn."""

from __future__ import annotations

import pytest

from chartgen.model import ABSENT, MOVING, Masked, Tree, Written
from chartgen.secrets.feeding import SWITCHED, UNSEEN
from chartgen.secrets.judging import OF_DATA, Judge, Place
from chartgen.secrets.known import Entry, Known
from chartgen.secrets.searching import Finder

LONG = "release-name-of-web"
KNOWN = Known(
    entries={
        "shop": Entry("Secret/db", sounds=False),
        "swordfish": Entry("Secret/db", sounds=True),
        "the-whole-of-an-entry": Entry("Secret/db", sounds=False),
        "redis://bob@host": Entry("Secret/db", sounds=False),
        "db-login": Entry("Secret/db", sounds=False),
    },
    whole=frozenset({"shop", "5432", "swordfish", "hunter22!A", "12345678901234567", "the-whole-of-an-entry"}),
    names=frozenset({"web", LONG, "the-whole-of-an-entry", "Deployment", "password", "my-secret", "db-login"}),
    keys=frozenset({"password", "auth"}),
    references=frozenset({"my-secret", "db-login"}),
)
HELD = "the value of auth.password, which feeds Secret/db"
FEEDS = "auth.password feeds Secret/db"
SWITCHES = f"mode feeds Secret/db{SWITCHED}"
MAY_FEED = f"pw feeds Secret/db{UNSEEN}"
UNSURE = "its effect on Secret/db, which moves from render to render, cannot be seen"
CAUSED = "auth.password causes it, which feeds Secret/db"
SOUNDS = "its key, vault.token, sounds secret"

PLAIN = Place()
KEY = Place(key="host")
DATA = Place(is_data=True)
FEEDING = Place(key="auth.user", feeds=FEEDS)
NAMED = Place(key="auth.password", sounds=True, feeds=FEEDS)
SWITCH = Place(key="mode", feeds=SWITCHES)
PERHAPS = Place(key="pw", feeds=MAY_FEED)
SOUNDING = Place(key="vault.token", sounds=True)
IDLE = Place(key="x", unseen=UNSURE)
EFFECT = Place(cause=CAUSED)
PUBLIC = Place(key="open.password", sounds=True, feeds=FEEDS, unseen=UNSURE)

JUDGE = Judge(KNOWN, ["open", "users[0]"], Finder({"hunter22!A": HELD, "stage": "data of Secret/env"}))


@pytest.mark.parametrize(
    ("value", "place", "why"),
    [
        # the data of a Secret, whatever it is
        ("shop", DATA, OF_DATA), (True, DATA, OF_DATA), (None, DATA, OF_DATA), (1, DATA, OF_DATA), ("", DATA, OF_DATA),
        (MOVING, DATA, OF_DATA), (Masked(("a", "b")), DATA, OF_DATA), ("web", DATA, OF_DATA), (ABSENT, DATA, ""),
        # what can hold no secret, wherever it stands
        (True, FEEDING, ""), ("false", NAMED, ""), (None, SOUNDING, ""), (ABSENT, NAMED, ""), ("", NAMED, ""),
        (MOVING, EFFECT, ""), (False, IDLE, ""), (True, EFFECT, ""), ({}, FEEDING, ""),
        # what feeds a Secret, but for what is weak and public
        ("abc", FEEDING, FEEDS), ("bob", FEEDING, FEEDS), ("shop", FEEDING, ""),
        (5432, FEEDING, ""), (5433, FEEDING, FEEDS),
        ("web", FEEDING, ""), ("Deployment", FEEDING, ""), (LONG, FEEDING, ""), ("password", FEEDING, ""),
        ("swordfish", FEEDING, FEEDS), ("hunter22!A", FEEDING, FEEDS), (12345678901234567, FEEDING, FEEDS),
        ("the-whole-of-an-entry", FEEDING, FEEDS), ("db-login", FEEDING, ""), (Masked(("a", "b")), FEEDING, FEEDS),
        ("shop", PERHAPS, ""), ("abc", PERHAPS, ""), ("abc-Defg1", PERHAPS, MAY_FEED), (True, PERHAPS, ""),
        # and sounds so
        ("shop", NAMED, FEEDS), ("web", NAMED, FEEDS), (5432, NAMED, FEEDS), ("abc", NAMED, FEEDS),
        ("my-secret", NAMED, ""), ("db-login", NAMED, FEEDS),
        # what only switches a Secret, unless it stands in one
        ("replication", SWITCH, ""), (3, SWITCH, ""), ("bob", SWITCH, SWITCHES), ("edis", SWITCH, ""),
        ("Replication-1", SWITCH, SWITCHES), ("swordfish", SWITCH, SWITCHES),
        # what sounds secret
        ("abc", SOUNDING, SOUNDS), (123, SOUNDING, SOUNDS), ("shop", SOUNDING, SOUNDS), ("web", SOUNDING, SOUNDS),
        ("my-secret", SOUNDING, ""), ("db-login", SOUNDING, SOUNDS), ("hunter22!A", SOUNDING, SOUNDS),
        # what has no effect that could be seen
        ("abc", IDLE, UNSURE), ("shop", IDLE, UNSURE), (7, IDLE, UNSURE), ("web", IDLE, UNSURE),
        # what is declared public
        ("hunter22!A", PUBLIC, ""), ("abc", PUBLIC._replace(key="open"), ""),
        ("abc", PUBLIC._replace(key="users[0].a"), ""),
        ("abc", PUBLIC._replace(key="opener"), FEEDS), ("abc", PUBLIC._replace(key="users[1].a"), FEEDS),
        ("hunter22!A", Place(), f"it holds {HELD}"), ("abc", DATA._replace(key="open"), OF_DATA),
        # a secret text anywhere
        ("http://u:hunter22!A@host", PLAIN, f"it holds {HELD}"), ("HUNTER22!A", KEY, f"it holds {HELD}"),
        (Written("x hunter22!A"), PLAIN, f"it holds {HELD}"), (Masked(("x hunter22!A", "")), PLAIN, f"it holds {HELD}"),
        ("hunter22", PLAIN, ""), ("stage", PLAIN, "it holds data of Secret/env"), ("api.stage.example", PLAIN, ""),
        ("hunter22!A", EFFECT, f"it holds {HELD}"), ("shop", PLAIN, ""), (5433, PLAIN, ""), ("web", KEY, ""),
        # what a hidden key changes
        ("f00d", EFFECT, CAUSED), (3, EFFECT, CAUSED), ("shop", EFFECT, CAUSED), ("web", EFFECT, ""),
        ("my-secret", EFFECT, ""), ("", EFFECT, ""), (Masked(("a", "b")), EFFECT, CAUSED),
    ],
    ids=str,
)  # fmt: skip
def test_one_function_says_why_a_value_is_hidden(value: Tree, place: Place, why: str) -> None:
    assert JUDGE.why(value, place) == why


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("hunter22!A", True), ("x-hunter22!A", True), ("stage", True), ("host", False), ("password", False)],
)
def test_a_name_is_hidden_that_holds_a_secret(name: str, *, hidden: bool) -> None:
    assert JUDGE.hides_name(name) is hidden


def test_a_plain_word_that_is_a_key_of_values_is_shown_though_it_is_a_secret_too() -> None:
    assert not Judge(KNOWN, (), Finder({"password": HELD})).hides_name("password")
    assert not Judge(KNOWN, (), Finder({"password": HELD})).hides_name("PASSWORD")
    assert Judge(KNOWN, (), Finder({"swordfish": HELD})).hides_name("SWORDFISH")
    known = KNOWN._replace(keys=frozenset({"hunter22!A"}))
    assert Judge(known, (), Finder({"hunter22!A": HELD})).hides_name("hunter22!A")
