"""What the chart sets is what the service reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from app.environment import read
from app.gong_webhook.settings import Settings
from tests.charts.test_gong_webhook import BODY_SIZE, CANARY_WORKER, CONFIG, CONTAINER, INGRESS, STABLE, WORKER, at

if TYPE_CHECKING:
    from tests.charts.conftest import Render

SECRET = {
    "GONG_API_KEY": "key:secret",
    "GONG_WEBHOOK_SECRETS": "hs256:0123456789abcdef0123456789abcdef",
    "SNOWFLAKE_ACCOUNT": "account",
    "SNOWFLAKE_USER": "user",
    "SNOWFLAKE_PASSWORD": "password",
}
# what programs other than the service read
OF_THE_SYSTEM = {"HOME"}
MEBIBYTE = 1024 * 1024
FIELDS = {field.encode_name for field in msgspec.structs.fields(Settings)}


def environment(render: Render, env: str) -> dict[str, str]:
    """Without what Kubernetes fills in."""
    config = render("gong-webhook", "prod" if env == "canary" else env)[CONFIG]["data"]
    worker = render("gong-webhook", env)[f"Deployment/{CANARY_WORKER if env == 'canary' else WORKER}"]
    own = {each["name"]: each["value"] for each in at(worker, f"{CONTAINER}.env") if "value" in each}
    return {**config, **SECRET, **own}


@pytest.mark.parametrize("env", ["stage", "prod", "canary", "all"])
def test_the_service_takes_the_environment_that_the_chart_and_its_secret_give(render: Render, env: str) -> None:
    given = environment(render, env)
    settings = read(Settings, given)
    assert settings.release_track == ("canary" if env == "canary" else "stable")
    assert settings.public_webhook_url == given["PUBLIC_WEBHOOK_URL"]
    assert str(settings.port) == given["PORT"]


@pytest.mark.parametrize("env", ["stage", "prod", "canary", "all"])
def test_every_variable_of_the_pods_is_a_setting_of_the_service(render: Render, env: str) -> None:
    assert environment(render, env).keys() - OF_THE_SYSTEM <= FIELDS


@pytest.mark.parametrize("env", ["stage", "prod"])
def test_the_ingress_passes_a_body_as_large_as_the_service_takes(render: Render, env: str) -> None:
    """NGINX counts in MiB, and passes 1 unless told otherwise."""
    allowed = render("gong-webhook", env)[INGRESS]["metadata"]["annotations"][BODY_SIZE]
    assert allowed == f"{read(Settings, environment(render, env)).webhook_max_bytes // MEBIBYTE}m"


def test_the_budget_alert_comes_before_enrichment_stops_and_after_the_day_has_begun(render: Render) -> None:
    settings = read(Settings, environment(render, "prod"))
    rules = render("gong-webhook", "prod")[f"PrometheusRule/{STABLE}"]["spec"]["groups"][0]["rules"]
    (expression,) = (rule["expr"] for rule in rules if rule["alert"] == "GongWebhookApiBudgetLow")
    left = int(expression.split(" < ")[1])
    assert settings.gong_api_reconcile_reserve < left < settings.gong_api_daily_budget
