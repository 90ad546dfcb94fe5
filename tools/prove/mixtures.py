"""Mixtures of two environments: one with some of its inputs taken from the other."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tools.prove.helm import Helm, Settings
from tools.prove.places import ABSENT, Tree, canonical, find_key
from tools.prove.repository import Environment

Key: TypeAlias = tuple[str, ...]
SETTINGS = {"release": "release", "namespace": "namespace", "kubeVersion": "kube_version"}
"""Inputs that are no values, by chartgen's name."""
GLOBAL = "global"
PRINTED = re.compile(r"^(\w+): (\S+)$", re.MULTILINE)


class UnclearError(Exception):
    """Chartgen's report does not tell what is meant, or it cannot be had: says why."""


class Input(NamedTuple):
    """A setting, or a values key."""

    setting: str = ""
    key: Key = ()


class Side(NamedTuple):
    """All that a render depends on but the chart: helm's settings, and the values that templates see."""

    settings: Settings
    values: Mapping[str, Tree]

    def as_json(self) -> str:
        """Its values, as helm takes them for a values file."""
        return json.dumps(self.values)


class Sides(NamedTuple):
    """Two environments. `subcharts` are the keys under which parents see the values of the charts in them."""

    before: Side
    after: Side
    subcharts: tuple[Key, ...]

    def input(self, spelt: str, settings: Collection[str]) -> Input:
        """The input that chartgen spells so; `settings` are those that it says differ. Raises UnclearError."""
        key = find_key(self.before.values, spelt) or find_key(self.after.values, spelt)
        differs = key and canonical(_at(self.before.values, key)) != canonical(_at(self.after.values, key))
        if spelt in settings and differs:
            raise UnclearError(f"`{spelt}` is a setting, and a values key too")
        if spelt in settings and spelt in SETTINGS:
            return Input(setting=SETTINGS[spelt])
        if key is None:
            raise UnclearError(f"neither side has a `{spelt}`")
        return Input(key=key)

    def mixed(self, number: int, inputs: Iterable[Input]) -> Side:
        """Side 0 or 1 with some inputs taken from the other."""
        base, other = (self.after, self.before) if number else (self.before, self.after)
        settings, values = base.settings, copy.deepcopy(dict(base.values))
        for setting, key in inputs:
            if setting:
                settings = settings._replace(**{setting: getattr(other.settings, setting)})
            for place in self._places(key):
                _put(values, place, _at(other.values, place))
        return Side(settings, values)

    def _places(self, key: Key) -> Iterator[Key]:
        """Where a key stands; helm repeats what is global in the values of each subchart."""
        if key:
            yield key
        if key[:1] == (GLOBAL,):
            yield from ((*above, *key) for above in self.subcharts)

    @property
    def renamed(self) -> frozenset[tuple[str, str]]:
        """Texts that differ between the two sides, each with what the other side has for it."""
        found = {*zip(self.before.settings, self.after.settings, strict=True)}
        found.update(_texts(self.before.values, self.after.values))
        both = ((one, other) for pair in found for one, other in (pair, pair[::-1]))
        return frozenset((one, other) for one, other in both if one and one != other)


def _texts(one: Tree, other: Tree) -> Iterator[tuple[str, str]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one.keys() & other.keys():
            yield from _texts(one[name], other[name])
    elif isinstance(one, str | int) and isinstance(other, str | int):
        yield str(one), str(other)


def _at(tree: Tree, key: Key) -> Tree:
    for name in key:
        if not isinstance(tree, Mapping) or name not in tree:
            return ABSENT
        tree = tree[name]
    return tree


def _put(values: dict[str, Any], key: Key, value: Tree) -> None:
    *above, last = key
    for name in above:
        if not isinstance(values.get(name), dict):
            if value is ABSENT:
                return
            values[name] = {}
        values = values[name]
    if value is ABSENT:
        values.pop(last, None)
    else:
        values[last] = copy.deepcopy(value)


def sides(helm: Helm, probe: Path, environments: Sequence[Environment]) -> Sides:
    """Asks helm for what templates see in two environments. Raises RefusedError."""
    seen = [_seen(helm, probe, each) for each in environments]
    known = dict.fromkeys(key for _, tree in seen for key in _subcharts(tree))
    before, after = (Side(each.settings, values) for each, (values, _) in zip(environments, seen, strict=True))
    return Sides(before, after, tuple(known))


def _seen(helm: Helm, probe: Path, environment: Environment) -> tuple[Mapping[str, Tree], Tree]:
    text = helm.template(probe, environment.settings, environment.files)
    printed = {name: base64.b64decode(each) for name, each in PRINTED.findall(text) if name != "kind"}
    return json.loads(printed["values"]), json.loads(printed["subcharts"])


def _subcharts(tree: Mapping[str, Tree]) -> Iterator[Key]:
    for name, below in tree.items():
        yield (name,)
        yield from ((name, *key) for key in _subcharts(below))
