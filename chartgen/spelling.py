"""How people write keys and paths: `image.tag`, `nodeSelector["kubernetes.io/arch"]`, `spec.containers[app].image`."""

from __future__ import annotations

import json
import re

from chartgen.model import Item, Key, ObjectPath, Step

QUOTED = frozenset('."[]/ ')
SECRETIVE = re.compile(r"secret|passw|token|credential|private|api_?key", re.IGNORECASE)


def _step(step: Step) -> str:
    if isinstance(step, Item):
        return f"[{','.join(str(part) for part in step.keys)}]"
    if isinstance(step, int):
        return f"[{step}]"
    return json.dumps([step]) if not step or QUOTED & set(step) else f".{step}"


def sounds_secret(name: str) -> bool:
    """Whether a key is called like what holds a secret. Many that are hold none: `existingSecret`, `tokenSeconds`."""
    return SECRETIVE.search(name) is not None


def path(steps: ObjectPath | Key) -> str:
    """A path in an object, or a values key, as one word."""
    return "".join(_step(step) for step in steps).removeprefix(".")
