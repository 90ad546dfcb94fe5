"""What is said in a session, and by whom."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    role: Literal["user", "assistant"]
    content: str


class Build(NamedTuple):
    """What answers. `track`: stable or canary; `pod`: its name, or the machine's; `conversation`: echo or pipecat."""

    track: str
    version: str
    pod: str
    conversation: str
