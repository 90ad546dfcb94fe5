"""JSON whose texts are secret: read strictly, and refused without a word of it."""

from __future__ import annotations

import json
from typing import NoReturn

TYPES = {bool: "a boolean", type(None): "null", list: "a list"}


class Unfit(Exception):  # noqa: N818 - what it is, in a word
    """A text that cannot be what it should. Its words, for people, have nothing of the text."""


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


class Pairs(list[tuple[str, object]]):
    """A mapping, in which a key may stand twice."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Pairs of {len(self)}"


def read(text: bytes) -> Pairs:
    """The mapping that a text in UTF-8 is, with a byte order mark or without one. Raises Unfit."""
    if not text.strip():
        raise Unfit("is empty")
    # the errors of the standard library carry the whole text with them
    try:
        found = json.loads(
            text.decode("utf-8-sig"),
            object_pairs_hook=Pairs,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError:
        raise Unfit("is not UTF-8") from None
    except RecursionError:
        raise Unfit("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unfit(f"is not JSON, at line {error.lineno}, column {error.colno}") from None
    if not isinstance(found, Pairs):
        raise Unfit(f"is {kind(found)}, not a JSON object")
    return found


def kind(value: object) -> str:
    """What a value is, in words."""
    if isinstance(value, Number):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, Pairs) else TYPES[type(value)]


def _no_number(_: str) -> NoReturn:
    raise Unfit("is not JSON: it has NaN or Infinity")
