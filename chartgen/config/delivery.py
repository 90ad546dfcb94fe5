"""What chartgen.yaml says of deployments: the keys of the image, Secrets and where they come from, deadlines."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from chartgen.config.model import ImageKeys, SecretEntry, Source
from chartgen.config.nodes import Node
from chartgen.errors import UsageError
from chartgen.keypath import did_you_mean
from chartgen.model import NOTHING

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
"""As `helm --timeout` takes it."""
DAYS = re.compile(r"[1-9]\d{0,3}")
BOOLEANS = {"true": True, "false": False}
SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
"""https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data"""
OBJECT_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
SOURCES = re.compile(
    r"(?P<stdin>stdin)|variable:(?P<variable>[A-Za-z_]\w*)"
    r"|pulumi:(?P<pulumi>(?:[\w.-]+/){1,2}[\w.-]+(?:@[\w.-]+)?)",
    re.ASCII,
)
SOURCE_HINT = "write variable:NAME, pulumi:ORG/PROJECT/ENV or stdin"


def image(node: Node) -> ImageKeys:
    """Raises ConfigError, as all of this module do."""
    return ImageKeys(**{name: value.text() for name, value in node.fields(ImageKeys._fields).items()})


def deadline(node: Node) -> int:
    """Seconds."""
    found = DURATION.fullmatch(node.text())
    seconds = (
        sum(int(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True)) if found else 0
    )
    if not seconds:
        raise node.error(f"`{node.text()}` is no duration", "such as 15m or 1h30m")
    return seconds


def boolean(node: Node) -> bool:
    if node.text() not in BOOLEANS:
        raise node.error("expected true or false here")
    return BOOLEANS[node.text()]


def source(text: str) -> Source:
    """Where a secret comes from, as chartgen.yaml and the command line write it. Raises UsageError."""
    found = SOURCES.fullmatch(text)
    if found is None:
        raise UsageError(f"`{text}` is no source of secrets", hint=SOURCE_HINT)
    kind = str(found.lastgroup)
    return Source(kind, "" if kind == "stdin" else found[kind])


def secrets(node: Node, environments: Collection[str]) -> dict[str, SecretEntry]:
    """The Secrets of a chart, by name."""
    found: dict[str, SecretEntry] = {}
    for name, value in node.pairs():
        if not OBJECT_NAME.fullmatch(name.text()):
            raise name.error(f"`{name.text()}` cannot be the name of a Secret")
        found[name.text()] = _secret(name.text(), value, environments)
    return found


def _secret(name: str, node: Node, environments: Collection[str]) -> SecretEntry:
    known = ("from", "keys", "whole", "required", "multiline", "rotation-days")
    found = node.fields(known)
    if "keys" in found and "whole" in found:
        raise found["whole"].error("`whole` stores the text as it is, so there are no `keys`")
    keys = _keys(found["keys"]) if "keys" in found else NOTHING
    required = _key_names(found["required"], keys) if "required" in found else tuple(keys)
    days = found.get("rotation-days")
    if days and not DAYS.fullmatch(days.text()):
        raise days.error("expected a number of days here, such as 90")
    return SecretEntry(
        name=name,
        keys=keys,
        whole=_key_name(found["whole"]) if "whole" in found else "",
        required=required,
        multiline=_key_names(found["multiline"], keys) if "multiline" in found else (),
        rotation_days=int(days.text()) if days else SecretEntry._field_defaults["rotation_days"],
        sources=_sources(found["from"], environments) if "from" in found else NOTHING,
        mark=node.mark,
    )


def _key_name(node: Node) -> str:
    if not SECRET_KEY.fullmatch(node.text()):
        raise node.error("a key of a Secret consists of letters, digits, `-`, `_` and `.`")
    return node.text()


def _keys(node: Node) -> dict[str, str]:
    return {_key_name(key): value.text() for key, value in node.pairs()}


def _key_names(node: Node, keys: Mapping[str, str]) -> tuple[str, ...]:
    for item in node.items():
        if keys and item.text() not in keys:
            known = f"known: {', '.join(keys)}"
            raise item.error(f"`{item.text()}` is none of the `keys` here", did_you_mean(item.text(), keys, known))
    return tuple(map(_key_name, node.items()))


def _sources(node: Node, environments: Collection[str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, value in node.pairs():
        if name.text() not in environments:
            known = f"known: {', '.join(environments)}"
            hint = did_you_mean(name.text(), environments, known)
            raise name.error(f"no environment is called `{name.text()}`", hint)
        try:
            found[name.text()] = source(value.text())._replace(mark=value.mark)
        except UsageError as error:
            raise value.error(error.message, error.hint) from None
    return found
