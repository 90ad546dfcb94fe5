"""chartgen.yaml: which charts a repository has, their environments, and which differences and findings are accepted.

Every scalar is taken as the text that stands in the file, so `kubeVersion: 1.30` is not 1.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from chartgen.errors import ConfigError
from chartgen.goyaml import marks
from chartgen.goyaml.depth import DepthLimit
from chartgen.keypath import did_you_mean
from chartgen.model import NOTHING, Mark
from chartgen.results import Expected

FILE_NAME = "chartgen.yaml"


class Environment(NamedTuple):
    """One environment of a chart. `marks` says where each setting stands."""

    name: str
    values: tuple[str, ...]
    release: str
    namespace: str
    kube_version: str = ""
    context: str = ""
    track_of: str = ""
    marks: Mapping[str, Mark] = NOTHING


class ChartEntry(NamedTuple):
    """A chart and its environments. `path` is relative to the configuration's folder."""

    name: str
    path: str
    environments: Mapping[str, Environment]


class Waiver(NamedTuple):
    """A finding that is accepted: by rule and subject."""

    rule: str
    subject: str
    reason: str
    mark: Mark


class Public(NamedTuple):
    """A values key that chartgen.yaml declares to be no secret, with those below it."""

    key: str
    reason: str
    mark: Mark


class Config(NamedTuple):
    """What chartgen knows of a repository."""

    charts: Mapping[str, ChartEntry]
    expected: Sequence[Expected] = ()
    waivers: Sequence[Waiver] = ()
    public: Sequence[Public] = ()


class _Loader(DepthLimit, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes the file's YAML."""


class _Node(NamedTuple):
    """A node of the file's YAML, with the words for what may be wrong with it."""

    raw: yaml.Node
    file: Path | str

    @property
    def mark(self) -> Mark:
        return marks.mark(self.raw, self.file)

    def error(self, message: str, hint: str = "") -> ConfigError:
        return ConfigError(message, where=self.mark, hint=hint)

    def text(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode) or not self.raw.value:
            raise self.error("expected one word or number here")
        return str(self.raw.value)

    def items(self) -> list[_Node]:
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.error("expected a list here, such as [values-prod.yaml]")
        return [_Node(child, self.file) for child in self.raw.value]

    def pairs(self) -> Iterator[tuple[_Node, _Node]]:
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.error("expected a mapping of keys and values here")
        seen: set[str] = set()
        for key, value in self.raw.value:
            node = _Node(key, self.file)
            if node.text() in seen:
                raise node.error(f"`{node.text()}` is set twice here")
            seen.add(node.text())
            yield node, _Node(value, self.file)

    def fields(self, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, _Node]:
        found: dict[str, _Node] = {}
        for key, value in self.pairs():
            name = key.text()
            if name not in known:
                raise key.error(f"unknown key `{name}`", did_you_mean(name, known, f"known here: {', '.join(known)}"))
            found[name] = value
        for name in required:
            if name not in found:
                raise self.error(f"`{name}` is missing here")
        return found


def _environment(name: str, node: _Node, chart: str) -> Environment:
    known = ("values", "release", "namespace", "kubeVersion", "context", "track-of")
    found = node.fields(known)
    text = {key: value.text() for key, value in found.items() if key != "values"}
    return Environment(
        name=name,
        values=tuple(item.text() for item in found["values"].items()) if "values" in found else (),
        release=text.get("release", chart),
        namespace=text.get("namespace", "default"),
        kube_version=text.get("kubeVersion", ""),
        context=text.get("context", ""),
        track_of=text.get("track-of", ""),
        marks={key: value.mark for key, value in found.items()},
    )


def _chart(name: str, node: _Node) -> ChartEntry:
    found = node.fields(("path", "environments"), ("path", "environments"))
    environments = {key.text(): _environment(key.text(), value, name) for key, value in found["environments"].pairs()}
    for environment in environments.values():
        if environment.track_of and environment.track_of not in environments:
            raise ConfigError(
                f"`track-of: {environment.track_of}` names no environment of {name}",
                where=environment.marks["track-of"],
            )
    return ChartEntry(name, found["path"].text().rstrip("/"), environments)


def _expected(node: _Node, environments: Collection[str]) -> Expected:
    found = node.fields(("key", "object", "path", "between", "reason"), ("between", "reason"))
    between = [item.text() for item in found["between"].items()]
    for item in found["between"].items():
        if item.text() not in environments:
            raise item.error(f"no environment is called `{item.text()}`", f"known: {', '.join(sorted(environments))}")
    if len(between) != len(("before", "after")):
        raise found["between"].error("`between` takes two environments, such as [stage, prod]")
    text = {key: value.text() for key, value in found.items() if key != "between"}
    if ("key" in text) == ("object" in text):
        raise node.error("an expected difference is named by `key`, or by `object` and, optionally, `path`")
    named = (text.get(name, "") for name in ("key", "object", "path"))
    return Expected((between[0], between[1]), text["reason"], node.mark, *named)


def _waiver(node: _Node) -> Waiver:
    names = ("rule", "subject", "reason")
    found = node.fields(names, names)
    rule, subject, reason = (found[name].text() for name in names)
    return Waiver(rule, subject, reason, node.mark)


def _public(node: _Node) -> Public:
    names = ("key", "reason")
    found = node.fields(names, names)
    return Public(found["key"].text(), found["reason"].text(), node.mark)


def parse(text: str, file: Path | str) -> Config:
    """Read the text of a chartgen.yaml; `file` is how messages name it. Raises ConfigError."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        words = getattr(error, "problem", error)
        raise ConfigError(f"not YAML: {words}", where=marks.mark_of_error(error, file)) from error
    if root is None:
        raise ConfigError("the file is empty", where=Mark(file), hint="name at least one chart under `charts`")
    found = _Node(root, file).fields(("charts", "expected", "waivers", "public"), ("charts",))
    charts = {key.text(): _chart(key.text(), value) for key, value in found["charts"].pairs()}
    known = {name for chart in charts.values() for name in chart.environments}
    expected = [_expected(item, known) for item in found["expected"].items()] if "expected" in found else []
    waivers = [_waiver(item) for item in found["waivers"].items()] if "waivers" in found else []
    public = [_public(item) for item in found["public"].items()] if "public" in found else []
    return Config(charts, expected, waivers, public)
