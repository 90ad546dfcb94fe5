"""Text for people: comparisons in sections, findings a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from chartgen.report import findings, hidden, secrets_text
from chartgen.report.formats import Comparisons, Findings, Report, SecretsApplied, SecretsChecked
from chartgen.report.sections import Section
from chartgen.report.style import Style


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Comparisons with a blank line between two, or findings."""
    if isinstance(report, Comparisons):
        lines = _comparisons(report, style)
    elif isinstance(report, Findings):
        lines = findings.lines(report.findings, style)
    elif isinstance(report, SecretsApplied):
        lines = secrets_text.applied(report.charts, style)
    elif isinstance(report, SecretsChecked):
        lines = secrets_text.checked(report.charts, style)
    else:
        raise TypeError(report)
    stream.writelines(f"{style.safe(line)}\n" for line in lines)


def _comparisons(report: Comparisons, style: Style) -> Iterator[str]:
    for index, comparison in enumerate(report.comparisons):
        yield from [""] * bool(index)
        yield from map(str.rstrip, Section(comparison, style, by_object=report.by_object).lines())
        yield from hidden.lines(comparison) if report.explained else ()
    yield from [""] * bool(report.unmet)
    for expected in report.unmet:
        what = expected.key or f"{expected.object} {expected.path}".rstrip()
        yield f"Expected, but nothing differs so: {what} ({expected.reason}; {style.place(expected.mark)})"
