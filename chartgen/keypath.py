"""How people write keys and paths: `image.tag`, `nodeSelector["kubernetes.io/arch"]`, `spec.containers[app].image`."""

from __future__ import annotations

import json
import re

from chartgen.model import Item, Key, ObjectPath, Override, Step

QUOTED = frozenset('."[]/ ')
SECRETIVE = re.compile(r"secret|passw|token|credential|private|api_?key", re.IGNORECASE)


def _word(part: object) -> str:
    return json.dumps(part) if isinstance(part, bool) else str(part)


def _step(step: Step) -> str:
    if isinstance(step, Item):
        return f"[{','.join(map(_word, step.keys)) or 'order'}]"
    if isinstance(step, int):
        return f"[{step}]"
    return json.dumps([step]) if not step or QUOTED & set(step) else f".{step}"


def sounds_secret(name: str) -> bool:
    """Whether a key is called like what holds a secret. Many that are hold none: `existingSecret`, `tokenSeconds`."""
    return SECRETIVE.search(name) is not None


def path(steps: ObjectPath | Key) -> str:
    """A path in an object, or a values key, as one word."""
    return "".join(_step(step) for step in steps).removeprefix(".")


def is_at_or_below(spelt: str, above: str) -> bool:
    """Whether a spelt key or path is `above` or leads on from it, by whole steps; everything is below nothing."""
    return not above or spelt == above or (spelt.startswith(above) and spelt[len(above)] in ".[")


def override(given: Override) -> str:
    """A `--set` without its values, which may be secret."""
    return f"{given.option} {re.sub(r'=[^,]*', '=…', given.argument)}"
