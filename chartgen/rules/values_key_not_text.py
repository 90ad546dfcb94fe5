"""A key that YAML does not read as it is written: `on` becomes `true`, and no template finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.model import Severity
from chartgen.rules.files import readable
from chartgen.rules.rule import Complaint, Rule, Scope
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for layer in readable(snapshots):
        for written in layer.positions.written:
            if written.key[-1] != written.text:
                message = f"YAML reads the key `{written.text}` as `{written.key[-1]}`"
                yield Complaint(".".join(written.key), written.mark, message, "quote it")


RULE = Rule("key-not-text", Severity.ERROR, "YAML reads a key as other text than is written", Scope.CHART, check=check)
