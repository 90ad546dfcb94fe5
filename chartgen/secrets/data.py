"""Secrets, and what stands in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from chartgen.model import KubeObject, Tree
from chartgen.trees import scalars

DATA = ("data", "stringData")
BOOLEANS = frozenset({"true", "false"})


def is_secret(obj: KubeObject | None) -> bool:
    """Whether an object is a Secret of Kubernetes itself."""
    return obj is not None and (obj.id.group, obj.id.kind) == ("", "Secret")


def is_text(value: Tree) -> bool:
    """Whether a scalar is a text or number. What is neither, an empty text, true and "true" can hold no secret."""
    return isinstance(value, str | int | float) and bool(text_of(value)) and text_of(value).lower() not in BOOLEANS


def text_of(value: Tree) -> str:
    """A scalar as it is searched for: a line end behind it is often lost on the way into a Secret or out of it."""
    return str(value).strip()


def entries(secret: KubeObject) -> Iterator[tuple[str, str]]:
    """The name and the text of each entry of a Secret; what is not the base64 of a text, as it is."""
    for field in DATA:
        data = secret.body.get(field)
        for name, value in data.items() if isinstance(data, Mapping) else ():
            for scalar in filter(is_text, scalars(value)):
                text = text_of(scalar)
                yield str(name), text_of(_decoded(text)) or text if field == "data" else text


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
