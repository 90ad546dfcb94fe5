"""Schemas that refer to a server: Helm would fetch what they refer to, and chartgen does not ask them at all."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from chartgen.helm.engine import SCHEMA
from chartgen.model import Finding, Mark, Severity, Tree

REFERENCES = ("$schema", "$ref", "$dynamicRef", "$recursiveRef")
CARRIED = re.compile(
    r"https?://json-schema\.org/(schema|draft-0[467]/schema|draft/(2019-09|2020-12)/(schema|meta/[a-z-]+))"
)
"""The schemas of schemas that are part of Helm."""
AN_ADDRESS = re.compile(r'"\s*http|\\u', re.IGNORECASE)
"""What stands in the text of every schema that refers to a server, escaped or not."""
OLD_DRAFT = re.compile(r"https?://json-schema\.org/draft-0[467]/")
"""In which nothing beside a `$ref` counts."""
LITERALS = {"const", "enum", "default", "examples"}
"""Keywords of a schema below which stand values, not schemas."""
NAMES = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
"""Keywords below which stand names, and below those schemas."""


class Reference(NamedTuple):
    """What a schema refers to: as it is written, and the address that this means, without the fragment."""

    written: str
    address: str


def remote_schemas(directory: Path, chart: str) -> list[Finding]:
    """Schemas that Helm would fetch a part of. They are not asked: a diff must not depend on what a server says."""
    texts = {file: file.read_text("utf-8", "replace") for file in sorted(directory.rglob(SCHEMA))}
    found = ((file, text, _first_fetched(text)) for file, text in texts.items())
    return [
        Finding(
            "schema-remote",
            Severity.WARNING,
            str(Path(chart, file.relative_to(directory))),
            _place(f'"{link.written}"', text, file),
            f"the schema refers to {link.address}, which chartgen does not fetch: no values are checked against it",
            "copy what it refers to into the schema, under `$defs`",
        )
        for file, text, link in found
        if link
    ]


def _place(part: str, text: str, file: Path) -> Mark:
    """The line where `part` stands; the file as a whole where it is written with escapes."""
    before, found, _ = text.partition(part)
    return Mark(file, before.count("\n") + 1, 1) if found else Mark(file)


@lru_cache(maxsize=64)
def _first_fetched(text: str) -> Reference | None:
    if not AN_ADDRESS.search(re.sub(f'"{CARRIED.pattern}#?"', "", text)):
        return None
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):  # for Helm to refuse
        return None
    own, references = _addresses(schema)
    return next((each for each in references if _is_fetched(each.address) and each.address not in own), None)


def _is_fetched(address: str) -> bool:
    return address.lower().startswith(("http:", "https:")) and not CARRIED.fullmatch(address)


def _addresses(schema: Tree) -> tuple[set[str], list[Reference]]:
    """The addresses that parts of a schema give themselves, and all that it refers to, in the order of the text."""
    dialect = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    keyword = "id" if "json-schema.org/draft-04/" in dialect else "$id"
    own, references = set(), []
    todo: list[tuple[Tree, str, str]] = [(schema, "", "schema")]
    while todo:
        tree, base, role = todo.pop()
        if isinstance(tree, list):
            todo += [(each, base, role) for each in reversed(tree)]
        elif isinstance(tree, dict):
            name = tree.get(keyword)
            if isinstance(name, str) and role == "schema" and not ("$ref" in tree and OLD_DRAFT.match(dialect)):
                base = _joined(base, name)
                own.add(base)
            written = [value for word, value in tree.items() if word in REFERENCES and isinstance(value, str)]
            references += [Reference(each, _joined(base, each)) for each in written]
            todo += [(below, base, _role(word, role)) for word, below in reversed(tree.items())]
    return own, references


def _role(keyword: str, above: str) -> str:
    """Whether a schema, names of schemas, or literal values stand below a keyword."""
    if above != "schema":
        return "schema" if above == "names" else "literal"
    return "names" if keyword in NAMES else "literal" if keyword in LITERALS else "schema"


def _joined(base: str, reference: str) -> str:
    try:
        return urldefrag(urljoin(base, reference)).url
    except ValueError:  # not an address; Helm says so
        return ""
