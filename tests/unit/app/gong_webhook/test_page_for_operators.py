"""What the operator's page says of tables, metrics and alerts is what there is."""

from __future__ import annotations

import re

import pytest

from app.gong_webhook.warehouse.schema import CALLS, CHILDREN, HISTORY, Table
from tests.unit.app.operators import ROOT, Page

PAGE = Page("gong-webhook")
CHART = ROOT / "charts" / "gong-webhook"


@pytest.mark.parametrize("table", [CALLS, *CHILDREN, HISTORY], ids=lambda table: table.name)
def test_the_page_has_each_column_of_each_table(table: Table) -> None:
    columns = {row[0]: re.findall(r"`(\w+)`", row[2]) for row in PAGE.rows("Tables")}
    assert columns[f"`{table.name}`"] == list(table.names)


def test_the_page_has_each_metric_that_the_service_shows_and_no_other() -> None:
    source = (ROOT / "app" / "gong_webhook" / "metrics.py").read_text()
    made = {
        f"`gong_webhook_{name}{'_total' if kind == 'counter' else ''}`"
        for kind, name in re.findall(r'\b_(counter|histogram|gauge|family)\("(\w+)"', source)
    }
    direct = {f"`{name}`" for name in re.findall(r'GaugeMetricFamily\("(\w+)"', source)}
    assert sorted(row[0] for row in PAGE.rows("Metrics")) == sorted(made | direct)


@pytest.mark.parametrize("file", ["templates/prometheusrule.yaml", "dashboards/gong-webhook.json"])
def test_alerts_and_dashboard_ask_for_metrics_that_the_page_has(file: str) -> None:
    asked = set(re.findall(r"gong_webhook_\w+", (CHART / file).read_text()))
    assert asked
    assert {f"`{name.removesuffix('_bucket')}`" for name in asked} <= {row[0] for row in PAGE.rows("Metrics")}


def test_the_page_says_what_to_do_on_each_alert() -> None:
    alerts = re.findall(r"alert: (\w+)", (CHART / "templates" / "prometheusrule.yaml").read_text())
    assert alerts
    assert re.findall(r"^### (GongWebhook\w+)$", PAGE.text, re.MULTILINE) == alerts
