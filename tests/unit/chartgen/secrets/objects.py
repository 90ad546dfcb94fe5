"""Objects for the tests of this room."""

from __future__ import annotations

import base64
from typing import Any

from chartgen.model import KubeObject, ObjectId, ObjectPath


def obj(
    kind: str = "Secret", name: str = "db", *, group: str = "", moving: tuple[ObjectPath, ...] = (), **body: Any
) -> KubeObject:
    return KubeObject(ObjectId(group, kind, "", name), body, "t.yaml", moving=moving)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
