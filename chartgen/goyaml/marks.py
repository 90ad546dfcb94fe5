"""Where things stand in a YAML text: each key's line and column, and how it is written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import yaml

from chartgen.errors import ValuesError
from chartgen.goyaml import loader
from chartgen.model import Key, Mark

MAX_POSITIONS = 1_000_000
"""More keys than this, aliases followed, are an anchor bomb and no values file."""
_Tree: TypeAlias = "dict[str, tuple[Mark, _Tree]]"
"""Each key's place and the keys below it."""


def mark(node: yaml.Node, file: Path | str) -> Mark:
    """Where a node begins."""
    return Mark(file, node.start_mark.line + 1, node.start_mark.column + 1)


def mark_of_error(error: yaml.YAMLError, file: Path | str) -> Mark:
    """Where a text stopped being YAML, as far as the parser knows."""
    found = getattr(error, "problem_mark", None)
    return Mark(file, found.line + 1, found.column + 1) if found else Mark(file)


class WrittenKey(NamedTuple):
    """A key as it stands in a text. `repeats` is the place of the same key earlier in the same mapping."""

    key: Key
    mark: Mark
    text: str
    repeats: Mark | None


class Positions(NamedTuple):
    """Where the keys of one text stand: of its first document, each by the last place that sets it."""

    marks: Mapping[Key, Mark]
    written: Sequence[WrittenKey]
    """Each key wherever it stands, in the order of the text; those of an alias again at each alias."""
    further_documents: Sequence[Mark]


def positions(text: str, file: Path | str, limit: int = MAX_POSITIONS) -> Positions:
    """Read the positions of a text. Raises ValuesError where it is no YAML to PyYAML, or has too many keys."""
    try:
        documents = list(yaml.compose_all(text.removeprefix("\ufeff"), Loader=loader.Loader))
    except yaml.YAMLError as error:
        raise ValuesError(f"not YAML: {getattr(error, 'problem', error)}", where=mark_of_error(error, file)) from error
    reader = _Reader(file, limit)
    tree = reader.tree(documents[0], ()) if documents else {}
    return Positions(dict(_flat(tree, ())), reader.written, [mark(document, file) for document in documents[1:]])


class _Reader:
    def __init__(self, file: Path | str, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.written: list[WrittenKey] = []

    def tree(self, node: yaml.Node, key: Key) -> _Tree:
        """The keys below a node. A key replaces what the same key held before, also where a merge key brought it."""
        found: _Tree = {}
        seen: dict[str, Mark] = {}
        for name_node, value_node in node.value if isinstance(node, yaml.MappingNode) else ():
            if name_node.tag == loader.MERGE:
                for merged in reversed(value_node.value) if value_node.id == "sequence" else [value_node]:
                    found.update(self.tree(merged, key))
                continue
            name, place = loader.key(name_node), mark(name_node, self._file)
            self.written.append(WrittenKey((*key, name), place, str(name_node.value), seen.get(name)))
            if len(self.written) > self._limit:
                raise ValuesError("its aliases expand to more than a million keys", where=Mark(self._file))
            seen[name] = place
            found[name] = (place, self.tree(value_node, (*key, name)))
        return found


def _flat(tree: _Tree, key: Key) -> Iterator[tuple[Key, Mark]]:
    for name, (place, below) in tree.items():
        yield (*key, name), place
        yield from _flat(below, (*key, name))
