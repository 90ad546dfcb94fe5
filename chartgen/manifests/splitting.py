"""What Helm prints, split into documents where Helm splits it, in the order in which Helm installs them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from chartgen.kube.install_order import place
from chartgen.manifests.parsing import as_object, is_hook, load
from chartgen.model import KubeObject


class Document(NamedTuple):
    """One document that a template printed, as text and as an object."""

    template: str
    text: str
    obj: KubeObject


def documents(texts: Mapping[str, str]) -> list[Document]:
    """All documents in the order in which Helm installs them, hooks last. Raises RenderError.

    They are split where Helm splits them: `SplitManifests` in helm/helm pkg/release/v1/util/manifest.go.
    """
    found = [
        Document(template, part.strip("\n"), as_object(document, template))
        for template in sorted(texts)
        for part in re.split(r"(?:^|\s*\n)---[^\S\n]*(?=\n|$)", texts[template])
        for document in load(template, part)
    ]
    return sorted(found, key=lambda document: (is_hook(document.obj), place(document.obj.id.kind)))
