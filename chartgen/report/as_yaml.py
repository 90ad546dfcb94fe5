"""Manifests as they were printed, for `kubectl apply -f -`."""

from __future__ import annotations

from typing import TextIO

from chartgen.report.formats import Manifests, Report
from chartgen.report.style import Style


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Each document after the template that printed it."""
    del style  # what goes to a cluster is not painted
    if not isinstance(report, Manifests):
        raise TypeError(report)
    stream.writelines(f"---\n# Source: {each.template}\n{each.text}\n" for each in report.documents)
