"""A template that prints a key twice in one mapping."""

from __future__ import annotations

from chartgen.rules.manifest_repeated_key import check
from chartgen.rules.rule import InObject

from .printing import printing

TWICE = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: a, team: b, app: c}}\n"


def test_each_key_that_is_printed_twice_is_a_finding_at_its_place() -> None:
    (found,) = check([printing(TWICE)])
    assert (found.subject, found.message) == (
        "Pod/web metadata.labels.app",
        "Pod/web has `metadata.labels.app` twice; the last one counts",
    )
    assert isinstance(found.where, InObject)
    assert (found.where.object.id.name, found.where.text) == ("web", "app:")


def test_the_same_key_in_two_mappings_is_none() -> None:
    assert list(check([printing(TWICE.replace("app: c", "other: c").replace("kind", "spec: {app: a}\nkind"))])) == []


def test_a_key_that_a_merge_brings_and_the_mapping_sets_is_none() -> None:
    text = "kind: Pod\nmetadata: {name: web}\na: &a {b: 1}\nc: {<<: *a, b: 2}\n"
    assert list(check([printing(text)])) == []
