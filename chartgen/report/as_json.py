"""Comparisons and findings for programs: one JSON document, whose form docs/json.md describes and holds stable."""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from chartgen.keypath import path as spelled
from chartgen.model import ABSENT, MOVING, Finding, Hidden, Mark, ObjectId, Target, Tree
from chartgen.report import secrets_json
from chartgen.report.formats import Findings, Manifests, Report, SecretsApplied, SecretsChecked
from chartgen.report.style import Style, chart, display, hinted
from chartgen.results import Cause, Change, Comparison, Drift, Expected, Factor, Kept, Left, ObjectDiff, Pair
from chartgen.trees import scalars

UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, and a terminal should not see."""
VERSION = 2
"""Of the form. A field that is renamed, or means something else, makes it 3; a field that is added does not."""


def write(report: Report, stream: TextIO, style: Style) -> None:
    """One document; manifests as a List, which `kubectl apply -f -` takes."""
    del style  # it is the same wherever it goes
    text = json.dumps(_document(report), indent=2, ensure_ascii=False, default=repr)
    stream.write(UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")


def _document(report: Report) -> dict[str, Any]:
    if isinstance(report, Manifests):
        return {"apiVersion": "v1", "kind": "List", "items": [each.obj.body for each in report.documents]}
    if isinstance(report, Findings):
        return {"version": VERSION, "findings": [_finding(each) for each in report.findings]}
    if isinstance(report, SecretsApplied | SecretsChecked):
        return {"version": VERSION} | secrets_json.document(report)
    unmet = {"unmetExpectations": [_expected(each) for each in report.unmet]} if report.unmet else {}
    return {"version": VERSION, "comparisons": [_comparison(each) for each in report.comparisons]} | unmet


def _comparison(found: Comparison) -> dict[str, Any]:
    counts = found.counts
    return {
        "chart": chart(found.after),
        "before": _target(found.before),
        "after": _target(found.after),
        "summary": {
            "objectsDiffering": counts.differing,
            "onlyBefore": counts.only_before,
            "onlyAfter": counts.only_after,
            "objectsEqual": counts.equal,
            "unexpectedChanges": found.unexpected,
            "renders": found.renders,
        },
        "keys": None if found.factors is None else [_factor(factor) for factor in found.factors],
        "changes": [_change(change, diff) for diff in found.objects for change in diff.changes],
        "leftOut": [_left(each) for each in found.left],
        "kept": [_kept(each) for each in found.kept],
        "notes": list(found.notes),
        "findings": [_finding(each) for each in found.findings],
    }


def _target(target: Target) -> dict[str, str]:
    return {"environment": target.environment, "release": target.release, "namespace": target.namespace}


def _value(tree: Tree) -> dict[str, Any]:
    if tree is ABSENT:
        return {"absent": True}
    if tree is MOVING:
        return {"moves": True}
    hidden = next((scalar for scalar in scalars(tree) if isinstance(scalar, Hidden)), None)
    return {"secret": True, "because": hidden.why} if hidden else {"value": tree}


def _place(mark: Mark | None) -> dict[str, Any] | None:
    if mark is None:
        return None
    return {"file": display(mark.file), "line": mark.line or None, "column": mark.column or None}


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "key": spelled(factor.key),
        "isSetting": factor.setting,
        "before": _value(factor.before) | {"place": _place(factor.before_mark)},
        "after": _value(factor.after) | {"place": _place(factor.after_mark)},
        "idleBecause": factor.idle or None,
        "respells": factor.respells,
        "failsAlone": factor.fails,
    }


def _object(obj: ObjectId, template: str) -> dict[str, str]:
    return {"group": obj.group, "kind": obj.kind, "namespace": obj.namespace, "name": obj.name, "template": template}


def _objects(pair: Pair) -> dict[str, Any]:
    sides = zip(("before", "after"), pair, strict=True)
    return {side: obj and _object(obj.id, obj.template) for side, obj in sides}


def _left(left: Left) -> dict[str, Any]:
    return {
        "object": _object(left.object, left.template),
        "path": spelled(left.path) or None,
        "environments": list(left.environments),
        "because": left.because or "it moves from render to render",
        "calls": list(left.calls),
    }


def _kept(kept: Kept) -> dict[str, Any]:
    return {
        "object": _object(kept.object, kept.template),
        "paths": [spelled(path) for path in kept.paths],
        "by": _drift(kept.drift),
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {"manager": drift.manager or None, "subresource": drift.subresource or None, "time": drift.time or None}


def _change(change: Change, diff: ObjectDiff) -> dict[str, Any]:
    whole = not change.path
    return {
        "object": _objects(diff.pair),
        "path": spelled(change.path) or None,
        "before": None if whole else _value(change.before),
        "after": None if whole else _value(change.after),
        "equalInMeaning": change.equal,
        "derived": change.derived,
        "expected": change.expected.reason if change.expected else None,
        "cause": _cause(change.cause, diff) if change.cause else None,
        "drift": _drift(change.drift) if change.drift else None,
    }


def _cause(cause: Cause, diff: ObjectDiff) -> dict[str, Any]:
    names = [spelled(factor.key) for factor in cause.factors]
    return {
        "keys": names,
        "relation": "or" if cause.any_of and len(names) > 1 else "and",
        "exact": cause.exact,
        "ambiguous": cause.ambiguous,
        "shapedBy": [spelled(factor.key) for factor in diff.shaped_by],
    }


def _expected(expected: Expected) -> dict[str, Any]:
    return {
        "key": expected.key or None,
        "object": expected.object or None,
        "path": expected.path or None,
        "between": list(expected.between),
        "reason": expected.reason,
        "place": _place(expected.mark),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.name.lower(),
        "subject": finding.subject,
        "place": _place(finding.where),
        "message": finding.message,
        "hint": hinted(finding.hint, finding.where) or None,
        "environments": list(finding.environments),
    }
