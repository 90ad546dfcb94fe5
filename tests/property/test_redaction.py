"""The law of redaction: what feeds a Secret is in no report, wherever else the chart prints it."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen import pipeline
from chartgen.errors import RenderError
from chartgen.helm import sdk
from chartgen.report.formats import Comparisons, write
from chartgen.report.style import Style
from chartgen.results import Comparison
from tests.property.small_charts import SmallChart, secretive_charts
from tests.property.test_causes_of_charts import targets


def reports(found: Comparison) -> str:
    stream = io.StringIO()
    write(Comparisons([found]), "json", stream, Style())
    for by_object in (False, True):
        for width in (0, 80):
            write(Comparisons([found], by_object=by_object), "text", stream, Style(width=width))
    return stream.getvalue()


def spellings(password: str) -> list[str]:
    return [password, base64.b64encode(password.encode()).decode()]


def reported(chart: SmallChart, folder: Path, *, why: bool) -> str:
    try:
        return reports(pipeline.compare(*targets(chart, folder), sdk, why=why))
    except RenderError:
        return ""


@given(secretive_charts(), st.booleans())
@settings(max_examples=200)
def test_what_feeds_a_secret_is_in_no_report(chart: SmallChart, why: bool) -> None:  # noqa: FBT001
    with chart.written() as folder:
        printed = reported(chart, folder, why=why)
    known = [spelling for overlay in chart.overlays for spelling in spellings(overlay["password"])]
    assert not [spelling for spelling in (*known, "hunter22") if spelling in printed]
