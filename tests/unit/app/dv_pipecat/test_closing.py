"""Every reason has a code that says what kind of reason it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.dv_pipecat.closing import CODES, Close, Reason

PAGE = (Path(__file__).parents[4] / "docs" / "dv-pipecat.md").read_text()
# RFC 6455, 7.4: what an endpoint may send, and what is for applications
NEVER_SENT = {Reason.LOST, Reason.DROPPED}
SENDABLE = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(4000, 5000)}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_a_code_that_may_be_sent(reason: Reason) -> None:
    assert Close(reason, "").code in SENDABLE | ({1006} if reason in NEVER_SENT else set())


def test_reasons_of_our_own_have_codes_of_their_own() -> None:
    own = [code for code in CODES.values() if code >= 4000]
    assert len(own) == len(set(own))


@pytest.mark.parametrize("reason", Reason)
def test_the_page_explains_each_to_client_developers(reason: Reason) -> None:
    row = re.search(rf"^\| ([\d, ]+|–) \| `{reason}` \| \S", PAGE, re.MULTILINE)
    assert row is not None, f"docs/dv-pipecat.md does not explain {reason}"
    expected = "–" if reason in NEVER_SENT else str(CODES[reason])
    assert expected in row[1].split(", ")
