"""Findings for people: the place first, as compilers print it, so that editors and terminals can jump there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from chartgen.model import Finding, Severity
from chartgen.report.style import Style

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def write(findings: Sequence[Finding], stream: TextIO, style: Style) -> None:
    """Each finding on a line, its hint on the next."""
    for finding in findings:
        severity = style.paint(finding.severity.name.lower(), COLOURS[finding.severity])
        where = f" in {', '.join(finding.environments)}" if finding.environments else ""
        place = style.place(finding.where, "")
        text = f"{place}: {severity}: {finding.message}{where} [{finding.rule}]"
        stream.write("\n    ".join(map(style.safe, text.split("\n"))) + "\n")
        if finding.hint:
            stream.write(f"    {style.safe(finding.hint)}\n")


def summary(findings: Sequence[Finding], charts: int) -> str:
    """One line for the end: how many of what."""
    counts = [
        f"{count} {severity.name.lower()}{'' if count == 1 else 's'}"
        for severity in sorted(Severity, reverse=True)
        if (count := sum(finding.severity is severity for finding in findings))
    ]
    return f"{charts} chart{'' if charts == 1 else 's'}: {', '.join(counts) or 'nothing to complain about'}"
