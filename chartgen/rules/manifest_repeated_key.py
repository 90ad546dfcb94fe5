"""A template prints a key twice in one mapping: the last one counts, and Kubernetes is told nothing of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.keypath import path
from chartgen.model import Severity
from chartgen.rules.rule import Complaint, InObject, Part, Rule, Scope
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        for obj in snapshot.manifests:
            for place in obj.repeated:
                message = f"{obj.id} has `{path(place)}` twice; the last one counts"
                where = InObject(snapshot, obj, f"{place[-1]}:")
                yield Complaint(f"{obj.id} {path(place)}", where, message, "print one of the two")


RULE = Rule(
    "repeated-key",
    Severity.WARNING,
    "a template prints a key twice in one mapping",
    Scope.ENVIRONMENT,
    Part.MANIFESTS,
    check,
    compared=True,
)
