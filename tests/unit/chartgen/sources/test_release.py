"""Helm's records of a release, as its storage writes them, and what is none."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from chartgen.errors import ClusterError
from chartgen.sources import release
from chartgen.sources.release import Release
from tests.unit.chartgen.targets import PROD

MANIFEST = """---
# Source: web/templates/a.yaml
kind: A
---
# Source: web/templates/b.yaml
kind: B
---
# Source: web/templates/a.yaml
kind: C
"""
RECORD = {
    "info": {"status": "deployed", "description": "Upgrade complete"},
    "chart": {"metadata": {"name": "web", "version": "1.2.3"}},
    "config": {"a": 1},
    "manifest": MANIFEST,
    "hooks": [{"path": "web/templates/a.yaml", "manifest": "kind: Hook\n"}],
    "apply_method": "ssa",
}


def entry(found: Any, *, of_a_secret: bool = True) -> dict[str, Any]:
    packed = base64.b64encode(gzip.compress(json.dumps(found).encode()))
    if not of_a_secret:
        return {"data": {"release": packed.decode()}}
    return {"type": "helm.sh/release.v1", "data": {"release": base64.b64encode(packed).decode()}}


def read(record: dict[str, Any]) -> Release:
    return release.read(record, 3, PROD)


@pytest.mark.parametrize("of_a_secret", [True, False])
def test_a_record_has_values_and_what_each_template_printed(of_a_secret: bool) -> None:  # noqa: FBT001 - a parameter
    found = read(entry(RECORD, of_a_secret=of_a_secret))
    assert (found.revision, found.status, found.chart, found.values) == (3, "deployed", "web 1.2.3", {"a": 1})
    assert list(found.manifest) == ["web/templates/a.yaml", "web/templates/b.yaml"]
    assert [line for line in found.manifest["web/templates/a.yaml"].splitlines() if "kind" in line] == [
        "kind: A",
        "kind: C",
    ]
    assert "kind: Hook" in found.hooks["web/templates/a.yaml"]
    assert found.is_server_side


def test_one_of_helm_3_has_no_server_side_objects_and_may_lack_values_and_hooks() -> None:
    found = read(entry({**RECORD, "config": None, "hooks": None, "apply_method": ""}))
    assert (found.values, found.hooks, found.is_server_side) == ({}, {}, False)


def test_what_a_post_renderer_left_without_its_template_is_read_all_the_same() -> None:
    found = read(entry({**RECORD, "manifest": "kind: A\n---\nkind: B\n"}))
    assert found.manifest == {"": "kind: A\n---\nkind: B\n"}


def cut() -> dict[str, Any]:
    packed = base64.b64encode(gzip.compress(json.dumps(RECORD).encode())[:-30])
    return {"type": "x", "data": {"release": base64.b64encode(packed).decode()}}


@pytest.mark.parametrize(
    "record",
    [
        cut(),
        entry([]),
        entry({"info": {}}),
        entry({**RECORD, "manifest": None}),
        entry({**RECORD, "chart": None}),
        {"data": {}},
        {"data": None},
        {"type": "x", "data": {"release": "====not base64"}},
        {"data": {"release": base64.b64encode(b"no gzip").decode()}},
    ],
)
def test_what_is_cut_or_is_no_record_is_said_with_its_revision_and_no_word_of_it(record: dict[str, Any]) -> None:
    with pytest.raises(ClusterError) as refused:
        read(record)
    assert str(refused.value).startswith("Helm's record of revision 3 of web cannot be read")


def test_a_record_that_unpacks_to_more_than_any_release_is_refused() -> None:
    bomb = gzip.compress(b"a" * (release.MAX_BYTES + 1))
    with pytest.raises(ClusterError, match="cannot be read"):
        read({"data": {"release": base64.b64encode(bomb).decode()}})
