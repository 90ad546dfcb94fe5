"""The environment, read once into a frozen Struct: checked, secrets opaque."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from app.errors import ConfigError

T = TypeVar("T", bound=Struct)

# a year: more is a mistake, such as milliseconds, or infinity
Seconds = Annotated[float, Meta(gt=0, le=366 * 24 * 3600.0)]
Count = Annotated[int, Meta(ge=1)]


class Secret:
    """A value that shows itself to nobody who does not ask by name."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def read(kind: type[T], environ: Mapping[str, str]) -> T:
    """An empty variable is an unset one. Raises ConfigError, which names the variable and never a secret's value."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigError(str(error).replace(" - at `$.", " in the variable `")) from None


def rotated_at(text: str) -> float | None:
    """SECRETS_ROTATED_AT in Unix seconds, unless it is empty. Raises ConfigError."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError("SECRETS_ROTATED_AT must be a time with its zone, such as 2026-01-31T09:00:00Z")
    return moment.timestamp()


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError(f"no variable is a {kind.__name__}")
