"""What chartgen.yaml says of deployments: the keys of the image, Secrets and where they come from, deadlines."""

from __future__ import annotations

import re
from collections.abc import Collection

from chartgen.config.forms import DEADLINE, IMAGE_KEY, SECRET, SECRET_KEY, SOURCE
from chartgen.config.model import ImageKeys, SecretEntry, Source
from chartgen.config.nodes import Node
from chartgen.errors import UsageError
from chartgen.model import NOTHING

SECONDS = {"h": 3600, "m": 60, "s": 1}
MOST_DAYS = 9999
STORED_WHOLE = "`whole` stores the text of the source as it is, in one key"


def image(node: Node) -> ImageKeys:
    """Raises ConfigError, as all of this module do."""
    found = node.fields(("repository", "tag", "digest"))
    keys: dict[str, str] = {}
    for name, value in found.items():
        key = value.formed(IMAGE_KEY)
        if key in keys.values():
            raise value.error(f"`{key}` is another part of the image already")
        keys[name] = key
    return ImageKeys(**keys, marks={name: value.mark for name, value in found.items()})


def deadline(node: Node) -> int:
    """Seconds."""
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"([0-9]+)([hms])", node.formed(DEADLINE)))


def source(text: str) -> Source:
    """Where a secret comes from, as chartgen.yaml and the command line write it.

    Raises UsageError, which does not repeat the text: it may be the secret itself.
    """
    if not SOURCE.pattern.fullmatch(text):
        raise UsageError(f"what stands here {SOURCE.fault}", hint=SOURCE.hint)
    kind, _, name = text.partition(":")
    return Source(kind, name)


def secrets(node: Node, environments: Collection[str]) -> dict[str, SecretEntry]:
    """The Secrets of a chart, by name."""
    return {name.text(): _secret(name.formed(SECRET), value, environments) for name, value in node.pairs()}


def _secret(name: str, node: Node, environments: Collection[str]) -> SecretEntry:
    found = node.fields(("from", "keys", "whole", "required", "multiline", "rotation-days"))
    entry = SecretEntry(
        name=name,
        sources=_sources(found["from"], environments) if "from" in found else NOTHING,
        mark=node.mark,
    )
    if "rotation-days" in found:
        days = found["rotation-days"].number(MOST_DAYS, "a number of days, such as 90,")
        entry = entry._replace(rotation_days=days)
    return _whole(entry, found) if "whole" in found else _by_key(entry, found)


def _whole(entry: SecretEntry, found: dict[str, Node]) -> SecretEntry:
    for name in ("keys", "required", "multiline"):
        if name in found:
            raise found[name].error(f"with `whole` there is no `{name}`", STORED_WHOLE)
    key = found["whole"].formed(SECRET_KEY)
    return entry._replace(whole=key, required=(key,))


def _by_key(entry: SecretEntry, found: dict[str, Node]) -> SecretEntry:
    keys = _keys(found["keys"]) if "keys" in found else NOTHING
    return entry._replace(
        keys=keys,
        required=_some(found["required"], keys) if "required" in found else tuple(keys),
        multiline=_some(found["multiline"], keys) if "multiline" in found else (),
    )


def _keys(node: Node) -> dict[str, str]:
    keys = {key.formed(SECRET_KEY): value.text() for key, value in node.pairs()}
    if not keys:
        raise node.error("`keys` names none", "without `keys` each value is stored under its own name")
    return keys


def _some(node: Node, keys: Collection[str]) -> tuple[str, ...]:
    """Some keys of a Secret; of `keys`, if there are any."""
    found: list[str] = []
    for item in node.items():
        name = item.formed(SECRET_KEY)
        if keys and name not in keys:
            raise item.no_such("key of this Secret", keys)
        if name in found:
            raise item.error(f"`{name}` stands here twice")
        found.append(name)
    return tuple(found)


def _sources(node: Node, environments: Collection[str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, value in node.pairs():
        if name.text() not in environments:
            raise name.no_such("environment", environments)
        try:
            found[name.text()] = source(value.text())._replace(mark=value.mark)
        except UsageError as error:
            raise value.error(error.message, error.hint) from None
    return found
