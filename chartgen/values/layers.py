"""Values files → values: the merge that Helm makes of them, and which line of which file set each key.

Helm's parser says what a file means; PyYAML's node tree says only where each key stands. The merge follows Helm's
`MergeMaps`: mappings merge, anything else replaces, null included (it deletes the chart's default when Helm coalesces).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chartgen.errors import ValuesError
from chartgen.goyaml import marks
from chartgen.model import ABSENT, NOTHING, Key, Mark, Tree, Values
from chartgen.trees import at


@dataclass(frozen=True)
class Layer:
    """One source of values, the chart's own or one that is laid over it, with the text that positions are read from.

    Where `file` is no Path the values are the command line's, and `file` is the option.
    """

    file: Path | str
    values: Values
    text: str = ""

    @cached_property
    def _read(self) -> marks.Positions | ValuesError:
        if not self.text:
            return marks.Positions(NOTHING, (), ())
        try:
            return marks.positions(self.text, self.file)
        except ValuesError as error:
            return error

    @property
    def unreadable(self) -> ValuesError | None:
        """Why the positions of the text cannot be read: Helm's parser takes what PyYAML does not."""
        return self._read if isinstance(self._read, ValuesError) else None

    @property
    def positions(self) -> marks.Positions:
        """Where the keys of the text stand. Raises ValuesError."""
        if isinstance(self._read, ValuesError):
            raise self._read
        return self._read

    def place(self, key: Key) -> Mark:
        """Where a key stands; the whole file where that is not known. Raises ValuesError."""
        return self.positions.marks.get(key, Mark(self.file))


def merge(base: Values, over: Values) -> dict[str, Tree]:
    """`over` laid on `base`; neither is changed. A null of `over` stays, for Helm to delete the default with."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def merge_all(layers: Iterable[Layer]) -> dict[str, Tree]:
    """The values of all layers, the last one winning."""
    merged: dict[str, Tree] = {}
    for layer in layers:
        merged = merge(merged, layer.values)
    return merged


def origin(key: Key, layers: Sequence[Layer]) -> Mark | None:
    """Where the value at `key` comes from: the last layer that sets the key, or a parent of it to something else.

    None where no layer sets it. What one overlay sets a parent to does not count where a later one makes it a mapping
    again: Helm then fills that from the chart's own values, the first layer.
    """
    overlays = layers[1:]
    for index in range(len(overlays) - 1, -1, -1):
        part = _set_by(overlays[index].values, key)
        if part:
            if any(isinstance(at(later.values, part), Mapping) for later in overlays[index + 1 :]):
                break
            return overlays[index].place(part)
    for layer in layers[:1]:
        part = _set_by(layer.values, key)
        return layer.place(part) if part else None
    return None


def _set_by(values: Values, key: Key) -> Key:
    """The key, or the parent of it that is not a mapping, if `values` have either; else nothing."""
    for length in range(1, len(key) + 1):
        value = at(values, key[:length])
        if value is ABSENT or length == len(key) or not isinstance(value, Mapping):
            return () if value is ABSENT else key[:length]
    return ()
