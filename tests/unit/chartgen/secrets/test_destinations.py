"""Places of objects that are called like what holds a secret, and the keys that set them."""

from __future__ import annotations

import pytest

from chartgen.model import Item, KubeObject, ObjectId, ObjectPath, Target
from chartgen.results import Cause, Change, Comparison, Factor, ObjectDiff, Pair
from chartgen.secrets.destinations import exposing, sounding
from chartgen.secrets.judging import Judge
from chartgen.secrets.known import Known
from tests.unit.chartgen.targets import PROD

ENV = ("spec", "containers", Item(("web",)), "env")
DB_PASSWORD = (*ENV, Item(("DB_PASSWORD",)), "value")
WEB = KubeObject(ObjectId("", "Pod", "", "web"), {}, "t.yaml")
KEY, OTHER = Factor(("dbx",), "swordfish", "octopus"), Factor(("host",), "a", "b")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (DB_PASSWORD, "DB_PASSWORD"),
        (("spec", "users", 0, "password"), "password"),
        (("data", "app.yaml", "db", "apiToken"), "apiToken"),
        ((*ENV, Item(("HOST",)), "value"), ""),
        ((*ENV, Item(("DB_PASSWORD",)), "name"), ""),
        ((*ENV, Item(("DB_PASSWORD",)), "valueFrom", "secretKeyRef", "key"), ""),
        ((*ENV, Item(("DB_PASSWORD",)), "valueFrom", "secretKeyRef", "name"), ""),
        (("spec", "secretName"), ""),
        (("spec", "data", 0, "secretKey"), ""),
        (("metadata", "annotations", "checksum/secret"), ""),
        (("spec", "maxTokens"), ""),
        ((), ""),
    ],
)
def test_a_place_is_called_by_its_field_or_by_its_item(path: ObjectPath, expected: str) -> None:
    assert sounding(Change(path, "a", "b")) == expected


def test_a_digest_is_none() -> None:
    assert sounding(Change(DB_PASSWORD, "a", "b", derived=True)) == ""


def exposed(change: Change, *factors: Factor) -> list[str]:
    target: Target = PROD
    found = Comparison(target, target, (ObjectDiff(Pair(WEB, WEB), (change,)),), factors or (KEY, OTHER))
    return [factor.feeds for factor in exposing(found, Judge(Known())).factors or ()]


def test_the_key_that_alone_sets_it_feeds_it() -> None:
    change = Change(DB_PASSWORD, "swordfish", "octopus", cause=Cause((KEY,)))
    assert exposed(change) == ["Pod/web DB_PASSWORD", ""]


@pytest.mark.parametrize(
    "change",
    [
        Change(DB_PASSWORD, "swordfish", "octopus"),
        Change(DB_PASSWORD, "swordfish", "octopus", cause=Cause((KEY, OTHER))),
        Change(DB_PASSWORD, 1, 2.5, cause=Cause((KEY,))),
        Change(DB_PASSWORD, "", "true", cause=Cause((KEY,))),
        Change(("spec", "host"), "a", "b", cause=Cause((KEY,))),
    ],
)
def test_other_keys_feed_nothing(change: Change) -> None:
    assert exposed(change) == ["", ""]


def test_what_a_key_is_known_to_feed_stays() -> None:
    change = Change(DB_PASSWORD, "swordfish", "octopus", cause=Cause((KEY._replace(feeds="Secret/db"),)))
    assert exposed(change, KEY._replace(feeds="Secret/db")) == ["Secret/db"]
