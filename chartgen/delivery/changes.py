"""What applying does to a Secret: which keys come, change and go, and who else has set some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chartgen.delivery.desired import Desired
from chartgen.kube.ownership import managers
from chartgen.model import NOTHING, Tree
from chartgen.outcomes import AppliedSecret, Held

MANAGER = "chartgen-secrets"
Object = Mapping[str, Tree]


def essence(obj: Object) -> tuple[Any, ...]:
    """What has to be the same where nothing is written: all but times and versions."""
    metadata = obj["metadata"]
    held = {(each.name, each.operation, each.subresource): each.fields for each in managers(obj)}
    return data_of(obj), obj.get("type"), metadata.get("labels"), metadata.get("annotations"), held


def data_of(obj: Object | None) -> Mapping[str, str]:
    """In base64, by key."""
    return (obj or NOTHING).get("data") or NOTHING


def strangers(desired: Desired, foreseen: Object) -> tuple[Held, ...]:
    """The keys of others that stay and are not meant."""
    return tuple(
        held for key in data_of(foreseen) if key not in desired.data for held in _held(foreseen, key) or [Held(key, "")]
    )


def outcome(desired: Desired, live: Object | None, foreseen: Object, removal: Object) -> AppliedSecret:
    before, after = data_of(live), data_of(foreseen)
    removed = removal.get("data", NOTHING)
    is_same = live is not None and not removal and essence(live) == essence(foreseen)
    return AppliedSecret(
        name=desired.entry.name,
        source=desired.source,
        outcome="created" if live is None else "unchanged" if is_same else "updated",
        added=tuple(key for key in after if key not in before and key not in removed),
        changed=tuple(key for key in after if key in before and before[key] != after[key]),
        removed=tuple(key for key in before if key not in after or key in removed),
        taken=tuple(_taken(desired, live, foreseen)) if live else (),
        kept=tuple(held for held in strangers(desired, foreseen) if held.key not in removed),
        unused=desired.unused,
        forgets="metadata" in removal,
    )


def _held(obj: Object, key: str) -> list[Held]:
    """By whom else a key is held. Who has lost all of its keys goes on holding the map that they stood in."""
    names = (
        each.name for each in managers(obj) if each.name != MANAGER and f"f:{key}" in each.fields.get("f:data", {})
    )
    return [Held(key, name) for name in dict.fromkeys(names)]


def _taken(desired: Desired, live: Object, foreseen: Object) -> Iterator[Held]:
    """What another manager held, and no longer does: its value was another."""
    for key in desired.data:
        still = _held(foreseen, key)
        yield from (held for held in _held(live, key) if held not in still)
