"""Which differences chartgen.yaml declares as meant to be."""

from __future__ import annotations

from collections.abc import Sequence

from chartgen.keypath import is_at_or_below
from chartgen.keypath import path as spelled
from chartgen.results import Change, Comparison, Expected, ObjectDiff


def expect(found: Comparison, declared: Sequence[Expected]) -> Comparison:
    """The comparison with each change marked that is declared for its two environments, and what no change meets.

    The latter only where all was looked at: with causes, narrowed down, with hooks, and nothing that moves left out.
    """
    # a release or a cluster, as prod@live, is one state of its environment
    environments = {target.environment.partition("@")[0] for target in (found.before, found.after)}
    meant = [each for each in declared if set(each.between) == environments]

    def marked(diff: ObjectDiff) -> ObjectDiff:
        changes = (
            change._replace(expected=next((each for each in reversed(meant) if _covers(each, diff, change)), None))
            for change in diff.changes
        )
        return diff._replace(changes=tuple(changes))

    objects = tuple(map(marked, found.objects)) if meant else found.objects
    is_narrowed = found.factors is not None and all(one.cause and one.cause.exact for one in found.changes)
    if not (meant and is_narrowed) or found.partial:
        return found._replace(objects=objects)
    changes = [(diff, change) for diff in found.objects for change in diff.changes]
    unmet = (each for each in meant if not any(_covers(each, *change) for change in changes))
    return found._replace(objects=objects, unmet=tuple(unmet))


def _covers(declared: Expected, diff: ObjectDiff, change: Change) -> bool:
    return _is_named(declared, diff, change) or _is_caused(declared, change)


def _is_named(declared: Expected, diff: ObjectDiff, change: Change) -> bool:
    names = {str(obj.id) for obj in diff.pair if obj}
    return declared.object in names and is_at_or_below(spelled(change.path), declared.path)


def _is_caused(declared: Expected, change: Change) -> bool:
    """Whether the key that is declared, or keys below it, are all that cause a change."""
    if not declared.key or change.cause is None:
        return False
    keys = [spelled(factor.key) for factor in change.cause.factors]
    return bool(keys) and all(is_at_or_below(key, declared.key) for key in keys)
