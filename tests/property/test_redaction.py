"""The law of redaction: what feeds a Secret is in no report, wherever else the chart prints it."""

from __future__ import annotations

import base64
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.small_charts import SmallChart, secretive_charts
from tests.property.test_causes_of_charts import compared
from tests.reported import reported_in_every_way


def spellings(password: str) -> list[str]:
    return [password, base64.b64encode(password.encode()).decode()]


def reported(chart: SmallChart, folder: Path, *, why: bool) -> str:
    found = compared(chart, folder, why=why)
    return reported_in_every_way(found) if found else ""


@given(secretive_charts(), st.booleans())
@settings(max_examples=200)
def test_what_feeds_a_secret_is_in_no_report(chart: SmallChart, why: bool) -> None:  # noqa: FBT001
    with chart.written() as folder:
        printed = reported(chart, folder, why=why)
    known = [spelling for overlay in chart.overlays for spelling in spellings(overlay["password"])]
    assert not [spelling for spelling in (*known, "hunter22") if spelling in printed]
