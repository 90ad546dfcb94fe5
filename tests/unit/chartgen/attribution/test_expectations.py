"""Which differences are meant, and which of those that are declared nothing meets."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.attribution.expectations import expect
from chartgen.model import KubeObject, Mark, ObjectId, Target
from chartgen.results import Cause, Change, Comparison, Expected, Factor, ObjectDiff, Pair

STAGE, PROD = (Target("web", Path("web"), name, "web", "default", ()) for name in ("stage", "prod"))
REPLICAS, HOST = Factor(("web", "replicas"), 1, 2), Factor(("host",), "a", "b")
WEB = KubeObject(ObjectId("apps", "Deployment", "", "web"), {}, "web/templates/web.yaml")


def compared(*changes: Change, partial: bool = False, why: bool = True) -> Comparison:
    factors = (REPLICAS, HOST) if why else None
    return Comparison(STAGE, PROD, (ObjectDiff(Pair(WEB, WEB), changes),), factors, partial=partial)


def change(*factors: Factor, exact: bool = True) -> Change:
    return Change(("spec", "replicas"), 1, 2, cause=Cause(factors, exact=exact))


def by_key(key: str, between: tuple[str, str] = ("stage", "prod"), line: int = 1) -> Expected:
    return Expected(between, "on purpose", Mark("chartgen.yaml", line, 3), key=key)


def by_object(name: str, path: str = "") -> Expected:
    return Expected(("prod", "stage"), "on purpose", Mark("chartgen.yaml", 1, 3), object=name, path=path)


@pytest.mark.parametrize(
    "declared",
    [
        by_key("web.replicas"), by_key("web"), by_key("web", ("prod", "stage")), by_object("Deployment/web"),
        by_object("Deployment/web", "spec"), by_object("Deployment/web", "spec.replicas"),
    ],
)  # fmt: skip
def test_a_change_is_expected_by_its_key_or_by_its_object(declared: Expected) -> None:
    found = expect(compared(change(REPLICAS)), [declared])
    assert ([one.expected for one in found.changes], found.unmet) == ([declared], ())


@pytest.mark.parametrize(
    "declared",
    [by_key("we"), by_key("host"), by_object("Deployment/we"), by_object("Deployment/web", "spec.replica")],
)
def test_what_no_change_meets_is_said(declared: Expected) -> None:
    found = expect(compared(change(REPLICAS)), [declared])
    assert ([one.expected for one in found.changes], found.unmet) == ([None], (declared,))


def test_a_change_that_another_key_causes_too_is_not_expected() -> None:
    assert expect(compared(change(REPLICAS, HOST)), [by_key("web")]).changes[0].expected is None


def test_what_is_declared_for_other_environments_says_nothing() -> None:
    found = expect(compared(change(REPLICAS)), [by_key("web", ("stage", "canary"))])
    assert (found.changes[0].expected, found.unmet) == (None, ())


def test_of_two_that_cover_a_change_the_last_gives_its_reason() -> None:
    one, other = by_key("web", line=1), by_key("web.replicas", line=2)
    found = expect(compared(change(REPLICAS)), [one, other])
    assert (found.changes[0].expected, found.unmet) == (other, ())


@pytest.mark.parametrize(
    "found",
    [
        compared(change(REPLICAS), why=False),
        compared(change(REPLICAS, exact=False)),
        compared(change(REPLICAS), partial=True),
    ],
)
def test_where_not_all_was_looked_at_nothing_is_called_unmet(found: Comparison) -> None:
    assert expect(found, [by_key("gone")]).unmet == ()


def test_a_release_or_a_cluster_is_a_state_of_its_environment() -> None:
    found = compared(change(REPLICAS))
    states = found._replace(
        before=STAGE._replace(environment="stage@release:7"), after=PROD._replace(environment="prod@live")
    )
    assert [one.expected for one in expect(states, [by_key("web")]).changes] == [by_key("web")]
