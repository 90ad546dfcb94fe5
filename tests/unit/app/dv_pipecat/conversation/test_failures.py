"""Whoever is paged for failing turns finds each kind explained."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path

from pipecat.frames.frames import ErrorFrame
from pipecat.utils.errors import ErrorCategory

from app.dv_pipecat import parts
from app.dv_pipecat.conversation import failures
from app.dv_pipecat.conversation.failures import Failure
from app.dv_pipecat.metrics import Metrics
from app.dv_pipecat.model import Build
from app.dv_pipecat.settings import Settings
from app.environment import Secret

DOCS = Path(__file__).parents[5] / "docs" / "dv-pipecat.md"


def kinds() -> set[str]:
    of_models = [failure for failure in vars(failures).values() if isinstance(failure, Failure)]
    of_speech = [failures.of_speech(ErrorFrame("", category=category)) for category in ErrorCategory]
    return {failure.kind for failure in (*of_models, *of_speech)}


def test_the_page_for_operators_says_of_each_kind_what_it_means_and_what_to_do() -> None:
    section = re.search(r"^#+ Model errors\n(.*?)(?=^#|\Z)", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert section, "no heading"
    rows = re.findall(r"^\| `(\w+)` \| [^|]*\w[^|]* \| [^|]*\w[^|]* \|$", section[1], re.MULTILINE)
    assert sorted(rows) == sorted(kinds())


def test_each_kind_is_shown_before_the_first_as_an_increase_from_nothing_to_one_is_none() -> None:
    metrics = Metrics(Build("canary", "1", "pod", "pipecat"))
    parts.conversation(Settings(conversation="pipecat", openai_api_key=Secret("sk")), metrics, AsyncExitStack())
    shown = metrics.scrape().decode()
    assert all(f'dv_pipecat_model_errors_total{{kind="{kind}",track="canary"}} 0.0' in shown for kind in kinds())
