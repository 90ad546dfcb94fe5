"""The values files of some snapshots, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


def values_files(snapshots: Sequence[Snapshot]) -> dict[str, Layer]:
    """The layers that are files, by name."""
    return {str(layer.file): layer for snapshot in snapshots for layer in snapshot.layers if layer.text}


def readable(snapshots: Sequence[Snapshot]) -> Iterator[Layer]:
    """Those whose positions can be read; that others cannot is a finding of its own."""
    return (layer for layer in values_files(snapshots).values() if layer.unreadable is None)
