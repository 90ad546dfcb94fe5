"""What the operator's page says of metrics and alerts is what there is."""

from __future__ import annotations

import re

import pytest

from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from tests.unit.app.operators import ROOT, Page

PAGE = Page("dv-pipecat")
CHART = ROOT / "charts" / "dv-pipecat"


def series() -> set[str]:
    """What a scrape shows, without the suffixes that a histogram's series have."""
    scraped = Metrics(Build("stable", "1", "pod", "echo"), rotated_at=0.0).scrape().decode()
    found = re.findall(r"^# TYPE (dv_pipecat_\w+) (\w+)", scraped, re.MULTILINE)
    return {name for name, _ in found if not name.endswith("_created")}


def test_the_page_has_each_metric_that_the_service_shows_and_no_other() -> None:
    assert {row[0].strip("`") for row in PAGE.rows("Metrics")} == series()


@pytest.mark.parametrize("file", ["templates/prometheusrule.yaml", "templates/hpa.yaml", "dashboards/dv-pipecat.json"])
def test_alerts_autoscaler_and_dashboard_ask_for_metrics_that_there_are(file: str) -> None:
    asked = set(re.findall(r"dv_pipecat_\w+", (CHART / file).read_text()))
    assert asked
    assert {re.sub(r"_bucket$", "", name) for name in asked} <= series()


def test_the_page_says_what_to_do_on_each_alert() -> None:
    alerts = re.findall(r"alert: (\w+)", (CHART / "templates" / "prometheusrule.yaml").read_text())
    assert alerts
    assert [row[0].strip("`") for row in PAGE.rows("Alerts")] == alerts
    assert all(row[1] for row in PAGE.rows("Alerts"))


def test_the_metric_that_the_autoscaler_follows_is_the_number_of_sessions() -> None:
    metrics = Metrics(Build("canary", "1", "pod", "echo"))
    metrics.count_sessions(lambda: 7)
    assert 'dv_pipecat_sessions_active{track="canary"} 7.0' in metrics.scrape().decode().splitlines()
