"""What the chart sets is what the service reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from app.gong_webhook.settings import Settings, read
from tests.charts.test_gong_webhook import CANARY_WORKER, CONFIG, CONTAINER, WORKER, at

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
    settings = read(given)
    assert settings.release_track == ("canary" if env == "canary" else "stable")
    assert settings.public_webhook_url == given["PUBLIC_WEBHOOK_URL"]
    assert str(settings.port) == given["PORT"]


@pytest.mark.parametrize("env", ["stage", "prod", "canary", "all"])
def test_every_variable_of_the_pods_is_a_setting_of_the_service(render: Render, env: str) -> None:
    assert environment(render, env).keys() - OF_THE_SYSTEM <= FIELDS
