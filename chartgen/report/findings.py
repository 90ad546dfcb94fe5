"""Findings for people: the place first, as compilers print it, so that editors and terminals can jump there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.model import Finding, Severity
from chartgen.report.style import Style, hinted

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def lines(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    """Each finding on a line, its hint on the next."""
    for finding in findings:
        severity = style.paint(finding.severity.name.lower(), COLOURS[finding.severity])
        where = f" in {', '.join(finding.environments)}" if finding.environments else ""
        text = f"{style.place(finding.where)}: {severity}: {finding.message}{where} [{finding.rule}]"
        first, *more = text.split("\n")
        yield first
        yield from (f"    {line}" for line in more)
        if finding.hint:
            yield f"    {hinted(finding.hint, finding.where)}"


def summary(findings: Sequence[Finding], charts: int) -> str:
    """One line for the end: how many of what."""
    counts = [
        f"{count} {severity.name.lower()}{'' if count == 1 else 's'}"
        for severity in sorted(Severity, reverse=True)
        if (count := sum(finding.severity is severity for finding in findings))
    ]
    return f"{charts} chart{'' if charts == 1 else 's'}: {', '.join(counts) or 'nothing to complain about'}"
