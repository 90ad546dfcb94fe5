"""Values files that no environment uses."""

from __future__ import annotations

from chartgen.model import Finding, Mark, Severity, World
from chartgen.rules.values_unused_file import check


def test_each_unused_file_is_a_finding() -> None:
    found = list(check(World("charts/web", {}, ["values-a.yaml", "values-b.yaml"])))
    assert [each.subject for each in found] == ["values-a.yaml", "values-b.yaml"]
    assert found[0] == Finding(
        "unused-values-file",
        Severity.WARNING,
        "values-a.yaml",
        Mark("values-a.yaml"),
        "no environment of charts/web uses this file",
        "name it in chartgen.yaml, or delete it",
    )


def test_where_all_files_are_used_there_is_nothing_to_say() -> None:
    assert list(check(World("charts/web", {}))) == []
