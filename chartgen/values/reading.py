"""Reads the values of targets: what Helm takes their files and options to mean."""

from __future__ import annotations

from pathlib import Path

from chartgen.errors import ValuesError
from chartgen.goyaml.depth import MAX_DEPTH, is_too_deep
from chartgen.helm.engine import Engine
from chartgen.keypath import override
from chartgen.model import Mark, Target
from chartgen.sources.files import read_text
from chartgen.values.layers import Layer


class Reader:
    """Reads each file once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: dict[Path, Layer] = {}

    def layers(self, target: Target) -> tuple[Layer, ...]:
        """The values layers of a target, lowest first, the chart's own. Raises ValuesError."""
        own = target.directory / "values.yaml"
        base = self._layer(own) if own.is_file() else Layer(own, {})
        over = [Layer(override(one), self._engine.read_override(one)) for one in target.overrides]
        return (base, *map(self._layer, target.files), *over)

    def _layer(self, path: Path) -> Layer:
        if path not in self._read:
            self._read[path] = _read(path, self._engine)
        return self._read[path]


def _read(path: Path, engine: Engine) -> Layer:
    text = read_text(path)
    try:
        values = engine.read_values(text, path)
    except RecursionError:
        values = None
    if values is None or is_too_deep(values):
        raise ValuesError(f"nested more than {MAX_DEPTH} levels deep", where=Mark(path))
    return Layer(path, values, text)
