"""The values files of some snapshots, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.errors import ValuesError
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


def values_files(snapshots: Sequence[Snapshot]) -> dict[str, Layer]:
    """The layers that are files, by name."""
    return {str(layer.file): layer for snapshot in snapshots for layer in snapshot.layers if layer.text}


def readable(snapshots: Sequence[Snapshot]) -> Iterator[Layer]:
    """Those whose positions can be read; that others cannot is a finding of its own."""
    return (layer for layer in values_files(snapshots).values() if unreadable(layer) is None)


def unreadable(layer: Layer) -> ValuesError | None:
    """Why the positions of a layer cannot be read: Helm's parser takes what PyYAML does not."""
    try:
        layer.place(())
    except ValuesError as error:
        return error
    return None
