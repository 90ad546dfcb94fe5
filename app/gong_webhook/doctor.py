"""Whether each thing that the service depends on answers, from where it runs; one verdict a line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from app.errors import ServiceError

TIMEOUT_SECONDS = 20.0


class State(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNSET = "not set"


class Verdict(NamedTuple):
    subject: str
    state: State
    words: str


# what asks a dependency; its words are the verdict. A string: the variable that would have to be set
Check = Callable[[], Awaitable[str]] | str


async def examine(checks: Mapping[str, Check]) -> list[Verdict]:
    """All at once, in the order given."""
    return list(await asyncio.gather(*(_verdict(subject, check) for subject, check in checks.items())))


async def _verdict(subject: str, check: Check) -> Verdict:
    if isinstance(check, str):
        return Verdict(subject, State.UNSET, check)
    try:
        return Verdict(subject, State.OK, await asyncio.wait_for(check(), TIMEOUT_SECONDS))
    except TimeoutError:
        return Verdict(subject, State.FAILED, f"no answer in {TIMEOUT_SECONDS:g} s")
    except ServiceError as error:
        return Verdict(subject, State.FAILED, str(error).removeprefix(f"{subject}: "))
    except Exception as error:  # noqa: BLE001  the other verdicts are wanted all the same
        return Verdict(subject, State.FAILED, f"could not be asked: {type(error).__name__}")
