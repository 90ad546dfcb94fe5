"""Which objects of two renders are the same one.

By identity; else by name once each release's own name is out of it; else as the only object of its kind that the same
template prints on either side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from chartgen.model import KubeObject, Manifests, Target
from chartgen.results import Pair

Identify = Callable[[KubeObject, Target], Hashable]


def _by_id(obj: KubeObject, target: Target) -> Hashable:
    return obj.id if obj.id.namespace != target.namespace else obj.id._replace(namespace="")


def _by_name_in_release(obj: KubeObject, target: Target) -> Hashable:
    return (obj.id.group, obj.id.kind, obj.id.name.replace(target.release, "\0"))


def _by_template(obj: KubeObject, _: Target) -> Hashable:
    return (obj.id.group, obj.id.kind, obj.template)


IDENTITIES: tuple[Identify, ...] = (_by_id, _by_name_in_release, _by_template)


def _index(objects: Iterable[KubeObject], target: Target, identify: Identify) -> dict[Hashable, list[KubeObject]]:
    found = defaultdict(list)
    for obj in objects:
        found[identify(obj, target)].append(obj)
    return found


def pair(before: Manifests, after: Manifests, sides: tuple[Target, Target]) -> list[Pair]:
    """Every object of both sides, once, in the order of `before`, then of `after`."""
    left, right = dict(before), dict(after)
    pairs: dict[int, Pair] = {}
    for identify in IDENTITIES:
        ours = _index(left.values(), sides[0], identify)
        theirs = _index(right.values(), sides[1], identify)
        for identity, mine in ours.items():
            yours = theirs.get(identity, [])
            if len(mine) == len(yours) == 1:
                pairs[id(mine[0])] = Pair(mine[0], yours[0])
                del left[mine[0].id], right[yours[0].id]
    return [pairs.get(id(obj), Pair(obj, None)) for obj in before.values()] + [
        Pair(None, obj) for obj in right.values()
    ]
