"""A key that stands twice in one mapping: the last one wins, and whoever edits the first one wonders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.model import Severity
from chartgen.rules.files import readable
from chartgen.rules.rule import Complaint, Rule, Scope
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for layer in readable(snapshots):
        for written in layer.positions.written:
            if written.repeats:
                subject = ".".join(written.key)
                message = (
                    f"`{subject}` is set twice in this file, first at line {written.repeats.line}; the last one wins"
                )
                yield Complaint(subject, written.mark, message, "keep one of the two")


RULE = Rule("duplicate-key", Severity.ERROR, "a key is set twice in one file", Scope.CHART, check=check)
