"""Findings that chartgen.yaml accepts."""

from __future__ import annotations

from chartgen.config.model import Waiver
from chartgen.model import Finding, Mark, Severity
from chartgen.rules.waivers import accepted, unknown, unused

HERE = Mark("chartgen.yaml", 3, 5)


def waiver(rule: str, subject: str) -> Waiver:
    return Waiver(rule, subject, "it is meant so", HERE)


def of(rule: str, subject: str, line: int = 1) -> Finding:
    return Finding(rule, Severity.WARNING, subject, Mark("values.yaml", line, 1), "words")


REPEATS = [of("overlay-repeats", "a"), of("overlay-repeats", "b"), of("duplicate-key", "a")]


def test_a_finding_is_accepted_by_its_rule_and_subject_together() -> None:
    assert accepted(REPEATS, [waiver("overlay-repeats", "a")]) == REPEATS[1:]
    assert accepted(REPEATS, [waiver("overlay-repeats", "c"), waiver("overlay", "a")]) == REPEATS
    assert accepted(REPEATS, []) == REPEATS


def test_one_waiver_accepts_what_is_found_in_several_places_and_two_may_accept_one() -> None:
    twice = [of("overlay-repeats", "a", 1), of("overlay-repeats", "a", 2)]
    assert accepted(twice, [waiver("overlay-repeats", "a")] * 2) == []


def test_a_waiver_that_matches_nothing_is_a_finding_where_it_stands() -> None:
    (found,) = unused(REPEATS, [waiver("overlay-repeats", "a"), waiver("overlay-repeats", "c")])
    assert (found.rule, found.severity, found.where) == ("waiver-unused", Severity.WARNING, HERE)
    assert found.subject == "overlay-repeats c"
    assert found.message == "no finding of `overlay-repeats` is about `c`"


def test_what_it_would_accept_may_not_be_of_another_rule() -> None:
    assert len(list(unused(REPEATS, [waiver("duplicate-key", "b")]))) == 1


def test_a_waiver_of_no_rule_is_one_finding_with_the_close_name_as_hint() -> None:
    unmatched = [waiver("overlay-repeat", "a")]
    (found,) = unknown(unmatched)
    assert (found.rule, found.severity, found.where) == ("waiver-unknown-rule", Severity.ERROR, HERE)
    assert (found.subject, found.message) == ("overlay-repeat", "no rule is called `overlay-repeat`")
    assert found.hint == "did you mean `overlay-repeats`?"
    assert list(unused(REPEATS, unmatched)) == []


def test_where_no_name_is_close_the_page_of_them_is_named() -> None:
    (found,) = unknown([waiver("zzz", "a")])
    assert found.hint == "chartgen's docs/rules.md lists them"
    assert list(unknown([waiver("schema-enum", "a")])) == []
