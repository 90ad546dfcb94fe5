"""Who of all processes does a thing that only one should do."""

from __future__ import annotations

from typing import Protocol


class Claims(Protocol):
    async def claim(self, name: str, seconds: float) -> bool:
        """Whether the caller is the first in `seconds`. Raises Unavailable where the store does not answer."""

    async def close(self) -> None: ...
