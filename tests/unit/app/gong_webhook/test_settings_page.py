"""What the operator's page says of settings, tables, metrics and alerts is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from app.environment import Secret
from app.gong_webhook.settings import Settings
from app.gong_webhook.warehouse.schema import CALLS, CHILDREN, HISTORY, Table

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "gong-webhook.md").read_text()
CHART = ROOT / "charts" / "gong-webhook"


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")]


def shown(default: object) -> str:
    """As the page writes a default."""
    match default:
        case Secret():
            return "secret"
        case "":
            return "unset"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
    return f"`{default}`"


def test_the_page_has_each_setting_with_its_default_in_the_order_of_the_code() -> None:
    fields = msgspec.structs.fields(Settings)
    assert [row[:2] for row in rows("Settings")] == [
        [f"`{field.encode_name}`", shown(field.default)] for field in fields
    ]


def test_the_page_says_what_each_setting_means() -> None:
    assert [row[0] for row in rows("Settings") if not row[2]] == []


@pytest.mark.parametrize("table", [CALLS, *CHILDREN, HISTORY], ids=lambda table: table.name)
def test_the_page_has_each_column_of_each_table(table: Table) -> None:
    columns = {row[0]: re.findall(r"`(\w+)`", row[2]) for row in rows("Tables")}
    assert columns[f"`{table.name}`"] == list(table.names)


def test_the_page_has_each_metric_that_the_service_shows_and_no_other() -> None:
    source = (ROOT / "app" / "gong_webhook" / "metrics.py").read_text()
    made = {
        f"`gong_webhook_{name}{'_total' if kind == 'counter' else ''}`"
        for kind, name in re.findall(r'\b_(counter|histogram|gauge|family)\("(\w+)"', source)
    }
    direct = {f"`{name}`" for name in re.findall(r'GaugeMetricFamily\("(\w+)"', source)}
    assert sorted(row[0] for row in rows("Metrics")) == sorted(made | direct)


@pytest.mark.parametrize("file", ["templates/prometheusrule.yaml", "dashboards/gong-webhook.json"])
def test_alerts_and_dashboard_ask_for_metrics_that_the_page_has(file: str) -> None:
    asked = set(re.findall(r"gong_webhook_\w+", (CHART / file).read_text()))
    assert asked
    assert {f"`{name.removesuffix('_bucket')}`" for name in asked} <= {row[0] for row in rows("Metrics")}


def test_the_page_says_what_to_do_on_each_alert() -> None:
    alerts = re.findall(r"alert: (\w+)", (CHART / "templates" / "prometheusrule.yaml").read_text())
    assert alerts
    assert re.findall(r"^### (GongWebhook\w+)$", PAGE, re.MULTILINE) == alerts
