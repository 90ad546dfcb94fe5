"""The text of a chartgen.yaml → what it says.

Every scalar is taken as the text that stands in the file, so `kubeVersion: 1.30` is not 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import yaml
from yaml.reader import Reader

from chartgen.config import delivery
from chartgen.config.forms import CLUSTER_UID, ENVIRONMENT, NAMESPACE
from chartgen.config.model import ChartEntry, Config, Environment, ImageKeys, Public, Waiver
from chartgen.config.nodes import Loader, Node
from chartgen.errors import ConfigError
from chartgen.goyaml import marks
from chartgen.model import NOTHING, Mark
from chartgen.results import Expected

FILE_NAME = "chartgen.yaml"


def _environment(name: str, node: Node, chart: str) -> Environment:
    about_values = ("values", "release", "namespace", "kubeVersion", "context", "track-of")
    found = node.fields((*about_values, "cluster-uid", "deadline", "smoke-test"))

    def text(key: str, default: str = "") -> str:
        return found[key].text() if key in found else default

    files = found["values"].items() if "values" in found else []
    return Environment(
        name=name,
        values=tuple(item.text() for item in files),
        release=text("release", chart),
        namespace=found["namespace"].formed(NAMESPACE) if "namespace" in found else "default",
        kube_version=text("kubeVersion"),
        context=text("context"),
        track_of=text("track-of"),
        cluster_uid=found["cluster-uid"].formed(CLUSTER_UID) if "cluster-uid" in found else "",
        deadline=delivery.deadline(found["deadline"]) if "deadline" in found else 0,
        smoke_test=found["smoke-test"].boolean() if "smoke-test" in found else True,
        marks={key: value.mark for key, value in found.items()}
        | {f"values[{number}]": item.mark for number, item in enumerate(files)},
    )


def _chart(name: str, node: Node) -> ChartEntry:
    found = node.fields(("path", "environments", "image", "secrets"), ("path", "environments"))
    environments = {
        key.text(): _environment(key.formed(ENVIRONMENT), value, name) for key, value in found["environments"].pairs()
    }
    for environment in environments.values():
        if environment.track_of:
            _check_track(environment, environments, name)
    return ChartEntry(
        name,
        found["path"].text().rstrip("/") or "/",
        environments,
        image=delivery.image(found["image"]) if "image" in found else ImageKeys(),
        secrets=delivery.secrets(found["secrets"], environments) if "secrets" in found else NOTHING,
    )


def _check_track(track: Environment, environments: Mapping[str, Environment], chart: str) -> None:
    """A canary that is stable's own release would replace stable, and one in another cluster is beside nothing."""
    beside, where, what = environments.get(track.track_of), track.marks["track-of"], f"`track-of: {track.track_of}`"
    if beside is None:
        raise ConfigError(f"{what} names no environment of {chart}", where=where)
    if beside.track_of:
        hint = "name the environment beside which both run"
        raise ConfigError(f"{what} names an environment that is a track itself", where=where, hint=hint)
    if (track.release, track.namespace) == (beside.release, beside.namespace):
        raise ConfigError(
            f"{track.name} is the same release as {beside.name}, {track.release}, and would replace it",
            where=track.marks.get("release", where),
            hint="give it a `release` of its own",
        )
    if track.context and beside.context and track.context != beside.context:
        where = track.marks["context"]
        raise ConfigError(f"{track.name} runs beside {beside.name}, whose `context` is another", where=where)


def _expected(node: Node, environments: Collection[str]) -> Expected:
    found = node.fields(("key", "object", "path", "between", "reason"), ("between", "reason"))
    between = [item.text() for item in found["between"].items()]
    for item in found["between"].items():
        if item.text() not in environments:
            raise item.no_such("environment", environments)
    if len(between) != len(("before", "after")):
        raise found["between"].error("`between` takes two environments, such as [stage, prod]")
    if ("key" in found) == ("object" in found) or ("key" in found and "path" in found):
        raise node.error("an expected difference is named by `key`, or by `object` and, optionally, `path`")
    named = (found[name].text() if name in found else "" for name in ("key", "object", "path"))
    return Expected((between[0], between[1]), found["reason"].prose(), node.mark, *named)


def _waiver(node: Node) -> Waiver:
    names = ("rule", "subject", "reason")
    found = node.fields(names, names)
    return Waiver(found["rule"].text(), found["subject"].text(), found["reason"].prose(), node.mark)


def _public(node: Node) -> Public:
    names = ("key", "reason")
    found = node.fields(names, names)
    return Public(found["key"].text(), found["reason"].prose(), node.mark)


def parse(text: str, file: Path | str) -> Config:
    """Read the text of a chartgen.yaml; `file` is how messages name it. Raises ConfigError."""
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, file) from error
    if root is None:
        raise ConfigError("the file is empty", where=Mark(file), hint="name at least one chart under `charts`")
    found = Node(root, file).fields(("charts", "expected", "waivers", "public"), ("charts",))
    charts = {key.text(): _chart(key.text(), value) for key, value in found["charts"].pairs()}
    known = sorted({name for chart in charts.values() for name in chart.environments})
    expected = [_expected(item, known) for item in found["expected"].items()] if "expected" in found else []
    waivers = [_waiver(item) for item in found["waivers"].items()] if "waivers" in found else []
    public = [_public(item) for item in found["public"].items()] if "public" in found else []
    return Config(charts, expected, waivers, public)


def _not_yaml(error: yaml.YAMLError, text: str, file: Path | str) -> ConfigError:
    if forbidden := Reader.NON_PRINTABLE.search(text):  # of these the parser does not tell the line
        above, before = text.count("\n", 0, forbidden.start()), text.rfind("\n", 0, forbidden.start())
        where = Mark(file, above + 1, forbidden.start() - before)
        return ConfigError(f"not YAML: it has the character U+{ord(forbidden[0]):04X}", where=where)
    where = marks.mark_of_error(error, file)
    words = str(getattr(error, "problem", error))
    if isinstance(error, yaml.composer.ComposerError) and error.context:
        words = f"{error.context} {words}"
    hint = "indent with spaces, not with tabs" if re.search(r"^ *\t", text, re.MULTILINE) else ""
    return ConfigError(f"not YAML: {words}", where=where, hint=hint)
