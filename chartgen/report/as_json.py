"""Comparisons and findings for programs: one JSON document, whose form docs/json.md describes and holds stable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from chartgen.keypath import path as spelled
from chartgen.model import ABSENT, HIDDEN, Change, Comparison, Factor, Finding, KubeObject, Mark, Pair, Target, Tree
from chartgen.report.style import is_derived

UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, and a terminal should not see."""
VERSION = 1
"""Of the form. A field that is renamed, or means something else, makes it 2; a field that is added does not."""


def write_comparisons(comparisons: Iterable[Comparison], stream: TextIO) -> None:
    """All comparisons as one document."""
    _write({"version": VERSION, "comparisons": [_comparison(each) for each in comparisons]}, stream)


def write_findings(findings: Sequence[Finding], stream: TextIO) -> None:
    """All findings as one document."""
    _write({"version": VERSION, "findings": [_finding(each) for each in findings]}, stream)


def write_manifests(objects: Sequence[KubeObject], stream: TextIO) -> None:
    """Objects as a List, which `kubectl apply -f -` takes."""
    _write({"apiVersion": "v1", "kind": "List", "items": [obj.body for obj in objects]}, stream)


def _write(document: dict[str, Any], stream: TextIO) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    stream.write(UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")


def _comparison(found: Comparison) -> dict[str, Any]:
    real = [change for change in found.changes if not change.equal]
    return {
        "chart": found.after.chart,
        "before": _target(found.before),
        "after": _target(found.after),
        "summary": {
            "objectsDiffering": len({id(change.pair) for change in real if change.path}),
            "onlyBefore": sum(not change.path and change.pair.after is None for change in real),
            "onlyAfter": sum(not change.path and change.pair.before is None for change in real),
            "objectsEqual": found.equal_objects,
            "unexpectedChanges": found.unexpected,
            "renders": found.renders,
        },
        "keys": None if found.causes is None else [_factor(factor, found, i) for i, factor in enumerate(found.factors)],
        "changes": [_change(change, found, index) for index, change in enumerate(found.changes)],
        "unstableTemplates": list(found.unstable),
    }


def _target(target: Target) -> dict[str, str]:
    return {"environment": target.environment, "release": target.release, "namespace": target.namespace}


def _value(tree: Tree) -> dict[str, Any]:
    if tree is ABSENT:
        return {"absent": True}
    if _holds_hidden(tree):
        return {"secret": True}
    return {"value": tree}


def _holds_hidden(tree: Tree) -> bool:
    if isinstance(tree, dict):
        return any(_holds_hidden(below) for below in tree.values())
    if isinstance(tree, list):
        return any(_holds_hidden(below) for below in tree)
    return tree is HIDDEN


def _place(mark: Mark | None) -> dict[str, Any] | None:
    return None if mark is None else {"file": mark.file, "line": mark.line or None, "column": mark.column or None}


def _factor(factor: Factor, found: Comparison, index: int) -> dict[str, Any]:
    return {
        "key": spelled(factor.key),
        "isSetting": factor.setting,
        "before": _value(factor.before) | {"place": _place(factor.before_mark)},
        "after": _value(factor.after) | {"place": _place(factor.after_mark)},
        "idleBecause": found.idle.get(index),
    }


def _objects(pair: Pair) -> dict[str, Any]:
    return {
        side: None
        if obj is None
        else {
            "group": obj.id.group,
            "kind": obj.id.kind,
            "namespace": obj.id.namespace,
            "name": obj.id.name,
            "template": obj.template,
        }
        for side, obj in zip(("before", "after"), pair, strict=True)
    }


def _change(change: Change, found: Comparison, index: int) -> dict[str, Any]:
    whole = not change.path
    return {
        "object": _objects(change.pair),
        "path": spelled(change.path) or None,
        "before": None if whole else _value(change.before),
        "after": None if whole else _value(change.after),
        "equalInMeaning": change.equal,
        "derived": is_derived(change.before, change.after),
        "expected": found.expected.get(index),
        "cause": _cause(found, index),
    }


def _cause(found: Comparison, index: int) -> dict[str, Any] | None:
    if found.causes is None:
        return None
    cause = found.causes[index]
    names = [spelled(found.factors[factor].key) for factor in cause.factors]
    return {
        "keys": names,
        "relation": "or" if cause.any_of and len(names) > 1 else "and",
        "exact": cause.exact,
        "ambiguous": cause.ambiguous,
        "shapedBy": [spelled(found.factors[factor].key) for factor in found.shapes.get(index, ())],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.name.lower(),
        "subject": finding.subject,
        "place": _place(finding.where),
        "message": finding.message,
        "hint": finding.hint or None,
        "environments": list(finding.environments),
    }
