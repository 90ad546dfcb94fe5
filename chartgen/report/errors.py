"""Why a command could not run, for people: what is wrong, where, and what to do."""

from __future__ import annotations

from chartgen.errors import ChartgenError, ValuesRefusedError
from chartgen.report.style import chart, hinted, place


def lines(error: ChartgenError) -> list[str]:
    """The message, its place and its hint."""
    about = f"{chart(error.target)} {error.target.environment}: " if error.target else ""
    findings = error.findings if isinstance(error, ValuesRefusedError) else ()
    return [
        f"chartgen: error: {about}{error.message}",
        *(f"  {place(finding.where)}: {finding.message}" for finding in findings),
        *([f"  at {place(error.where)}"] if error.where else []),
        *([f"  {hinted(error.hint, error.where)}"] if error.hint else []),
    ]
