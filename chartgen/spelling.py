"""How people write keys and paths: `image.tag`, `nodeSelector["kubernetes.io/arch"]`, `spec.containers[app].image`."""

from __future__ import annotations

import json

from chartgen.model import Item, Key, ObjectPath, Step

QUOTED = frozenset('."[]/ ')


def _step(step: Step) -> str:
    if isinstance(step, Item):
        return f"[{','.join(str(part) for part in step.keys)}]"
    if isinstance(step, int):
        return f"[{step}]"
    return json.dumps([step]) if not step or QUOTED & set(step) else f".{step}"


def path(steps: ObjectPath | Key) -> str:
    """A path in an object, or a values key, as one word."""
    return "".join(_step(step) for step in steps).removeprefix(".")
