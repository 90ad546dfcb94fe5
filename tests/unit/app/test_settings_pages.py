"""What the operators' pages say of settings is what the services read."""

from __future__ import annotations

import msgspec
import pytest

from app.dv_pipecat.settings import Settings as VoiceSettings
from app.environment import Secret
from app.gong_webhook.settings import Settings as GongSettings
from tests.unit.app.operators import Page

SETTINGS: dict[str, type[msgspec.Struct]] = {"dv-pipecat": VoiceSettings, "gong-webhook": GongSettings}


def shown(default: object) -> str:
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


@pytest.mark.parametrize("service", SETTINGS)
def test_a_page_has_each_setting_with_its_default_in_the_order_of_the_code(service: str) -> None:
    fields = msgspec.structs.fields(SETTINGS[service])
    assert [row[:2] for row in Page(service).rows("Settings")] == [
        [f"`{field.encode_name}`", shown(field.default)] for field in fields
    ]


@pytest.mark.parametrize("service", SETTINGS)
def test_a_page_says_what_each_setting_means(service: str) -> None:
    assert [row[0] for row in Page(service).rows("Settings") if not row[2]] == []
