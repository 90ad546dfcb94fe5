"""A second YAML document in a values file, which Helm does not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.model import Severity
from chartgen.rules.files import readable
from chartgen.rules.rule import Complaint, Rule, Scope
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for layer in readable(snapshots):
        for mark in layer.positions.further_documents:
            yield Complaint(
                "",
                mark,
                "Helm's SDK reads only the first document of a values file",
                "keep one document in a file; use several -f for several layers",
            )


RULE = Rule(
    "several-documents",
    Severity.ERROR,
    "a values file holds several documents",
    Scope.CHART,
    check=check,
)
