"""The shape of Kubernetes objects: which lists are merged by which key, which are sets, which values are quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chartgen.kube import _table
from chartgen.kube.identity import canonical_group

PLAIN, UNKNOWN, NO_OBJECT = -1, -2, -3
METADATA = _table.FIELDS[_table.ROOTS["/ConfigMap"]]["metadata"]
# the one merge key that may be left out: https://kubernetes.io/docs/reference/networking/service-protocols/
KEY_DEFAULTS = {"protocol": "TCP"}


class Shape(NamedTuple):
    """What is known of the values at one place of an object of some kind; walk there with `field` and `item`."""

    number: int

    @property
    def is_known(self) -> bool:
        """Whether Kubernetes defines what stands here: in its own kinds, and in the metadata of all."""
        return self.number not in {UNKNOWN, NO_OBJECT}

    @property
    def merge_keys(self) -> tuple[str, ...]:
        """The fields by which Kubernetes tells the items of this list apart; empty where it replaces the list whole.

        Lists of unknown kinds have none; `keys_of` says what stands in for them.
        """
        return _table.KEYS.get(self.number, ())

    @property
    def is_set(self) -> bool:
        """Whether this is a list of scalars of which only the presence counts, such as finalizers."""
        return self.number in _table.SETS

    @property
    def is_quantity(self) -> bool:
        """Whether this is a quantity (`quantities`), which one amount may be spelt in many ways."""
        return self.number in _table.QUANTITIES

    @property
    def is_ordered(self) -> bool:
        """Whether the order of this list's items means something: all but sets and most keyed lists.

        Init containers run in order, and an environment variable can refer only to those before it.
        """
        return self.number in _table.ORDERED or not (self.merge_keys or self.is_set)

    def field(self, name: str) -> Shape:
        """The shape of a field, or of a map's value."""
        if self.number == UNKNOWN:
            return Shape(METADATA) if name == "metadata" else self
        if self.number == NO_OBJECT:
            return self
        below = _table.FIELDS.get(self.number, {})
        return Shape(below.get(name, below.get("*", PLAIN)))

    def item(self) -> Shape:
        """The shape of each item of this list."""
        return self.field("*")

    def keys_of(self, items: Sequence[object]) -> list[tuple[str | int, ...]] | None:
        """The key of each item; None where some have none or share one, and only their places tell them apart.

        In what Kubernetes does not define, a list whose items all have a name of their own is keyed by it: most
        of Kubernetes' own merge keys are `name`, and dyff compares such lists by the same rule.
        """
        keys: list[tuple[str | int, ...]]
        if self.is_set:
            keys = [(item,) for item in items if isinstance(item, str | int)]
        else:
            names = self.merge_keys if self.is_known else ("name",)
            keys = [key for item in items if (key := _key(item, names))]
        return keys if len(set(keys)) == len(items) else None


def _key(item: object, names: tuple[str, ...]) -> tuple[str | int, ...]:
    if not isinstance(item, Mapping):
        return ()
    found: list[Any] = [KEY_DEFAULTS.get(name) if item.get(name) is None else item[name] for name in names]
    return tuple(found) if all(isinstance(part, str | int) for part in found) else ()


def root(group: str, kind: str) -> Shape:
    """The shape of a whole object, in whichever group it once was; the core group is ""."""
    return Shape(_table.ROOTS.get(f"{canonical_group(group, kind)}/{kind}", UNKNOWN))


DOCUMENT = Shape(NO_OBJECT)
"""A tree that is no Kubernetes object, such as a program's settings. It has no metadata either."""
