"""A session to keep."""

from __future__ import annotations

import pytest

from app.dv_pipecat.tokens import Token, issue


@pytest.fixture
def token() -> Token:
    return issue()
