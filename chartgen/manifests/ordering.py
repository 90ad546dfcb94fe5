"""What Helm prints, in the order in which Helm installs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from chartgen.kube.install_order import place
from chartgen.manifests import parsing
from chartgen.manifests.parsing import as_object, load
from chartgen.model import KubeObject

KEPT = re.compile(r"[|>][1-9]?\+")
"""The beginning of a text in a block that keeps its last line ends."""


class Document(NamedTuple):
    """One document that a template printed, as text and as an object."""

    template: str
    text: str
    obj: KubeObject


def documents(texts: Mapping[str, str]) -> list[Document]:
    """All documents in the order in which Helm installs them, hooks last. Raises RenderError."""
    found = [
        Document(template, text if KEPT.search(text) else text.rstrip("\n"), as_object(loaded.tree, template))
        for template in sorted(texts)
        for text in parsing.documents(template, texts[template])
        if (loaded := load(template, text)) is not None
    ]
    return sorted(found, key=lambda document: (bool(document.obj.events), place(document.obj.id.kind)))
