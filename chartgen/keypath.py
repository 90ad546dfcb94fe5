"""How people write keys and paths: `image.tag`, `nodeSelector["kubernetes.io/arch"]`, `spec.containers[app].image`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from chartgen.model import Item, Key, ObjectPath, Override, Step

VALUE = re.compile(r"=(?:\{(?:\\.|[^\\}])*\}?|(?:\\.|[^\\,])*)", re.DOTALL)
"""In a `--set`, up to the comma before the next key: a list in braces has its own, and a backslash escapes one."""
REST = re.compile(r",(?![^,]*=…)[^,]*", re.DOTALL)
"""What follows a comma of a `--set` whose values are out of it, and is no key."""
QUOTED = frozenset('."[]/ ')


def _word(part: object) -> str:
    return json.dumps(part) if isinstance(part, bool) else str(part)


def _step(step: Step) -> str:
    if isinstance(step, Item):
        return f"[{','.join(map(_word, step.keys)) or 'order'}]"
    if isinstance(step, int):
        return f"[{step}]"
    return json.dumps([step]) if not step or QUOTED & set(step) else f".{step}"


def path(steps: ObjectPath | Key) -> str:
    """A path in an object, or a values key, as one word."""
    return "".join(_step(step) for step in steps).removeprefix(".")


def is_at_or_below(spelt: str, above: str) -> bool:
    """Whether a spelt key or path is `above` or leads on from it, by whole steps; everything is below nothing."""
    return not above or spelt == above or (spelt.startswith(above) and spelt[len(above)] in ".[")


def override(given: Override) -> str:
    """A `--set` without its values, which may be secret; what follows a comma and sets no key may be a part of one."""
    return f"{given.option} {REST.sub(',…', VALUE.sub('=…', given.argument))}"


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), 1)), None)


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint: the known name that was probably meant, or else other words."""
    close = closest(name, known)
    return f"did you mean `{close}`?" if close else otherwise
