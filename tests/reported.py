"""What chartgen writes, as text."""

from __future__ import annotations

import io

from chartgen.report.formats import Comparisons, Report, write
from chartgen.report.style import Style
from chartgen.results import Comparison

PLAIN = Style()


def reported(report: Report, name: str = "text", style: Style = PLAIN) -> str:
    """In one of its formats."""
    stream = io.StringIO()
    write(report, name, stream, style)
    return stream.getvalue()


def reported_in_every_way(found: Comparison) -> str:
    """Whatever is not in it is in no report."""
    reports = [Comparisons([found], by_object=by_object) for by_object in (False, True)]
    texts = [reported(report, style=Style(width=width)) for report in reports for width in (0, 80)]
    return "".join([reported(reports[0], "json"), *texts])
