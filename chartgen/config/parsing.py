"""The text of a chartgen.yaml → what it says.

Every scalar is taken as the text that stands in the file, so `kubeVersion: 1.30` is not 1.3.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import yaml

from chartgen.config import delivery
from chartgen.config.model import ChartEntry, Config, Environment, ImageKeys, Public, Waiver
from chartgen.config.nodes import Loader, Node
from chartgen.errors import ConfigError
from chartgen.goyaml import marks
from chartgen.model import NOTHING, Mark
from chartgen.results import Expected

FILE_NAME = "chartgen.yaml"


def _environment(name: str, node: Node, chart: str) -> Environment:
    known = ("values", "release", "namespace", "kubeVersion", "context", "track-of")
    about_delivery = ("cluster-uid", "deadline", "smoke-test")
    found = node.fields(known + about_delivery)
    text = {key: value.text() for key, value in found.items() if key != "values"}
    return Environment(
        name=name,
        values=tuple(item.text() for item in found["values"].items()) if "values" in found else (),
        release=text.get("release", chart),
        namespace=text.get("namespace", "default"),
        kube_version=text.get("kubeVersion", ""),
        context=text.get("context", ""),
        track_of=text.get("track-of", ""),
        cluster_uid=text.get("cluster-uid", ""),
        deadline=delivery.deadline(found["deadline"]) if "deadline" in found else 0,
        smoke_test=delivery.boolean(found["smoke-test"]) if "smoke-test" in found else True,
        marks={key: value.mark for key, value in found.items()},
    )


def _chart(name: str, node: Node) -> ChartEntry:
    found = node.fields(("path", "environments", "image", "secrets"), ("path", "environments"))
    environments = {key.text(): _environment(key.text(), value, name) for key, value in found["environments"].pairs()}
    for environment in environments.values():
        if environment.track_of and environment.track_of not in environments:
            raise ConfigError(
                f"`track-of: {environment.track_of}` names no environment of {name}",
                where=environment.marks["track-of"],
            )
    return ChartEntry(
        name,
        found["path"].text().rstrip("/"),
        environments,
        image=delivery.image(found["image"]) if "image" in found else ImageKeys(),
        secrets=delivery.secrets(found["secrets"], environments) if "secrets" in found else NOTHING,
    )


def _expected(node: Node, environments: Collection[str]) -> Expected:
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


def _waiver(node: Node) -> Waiver:
    names = ("rule", "subject", "reason")
    found = node.fields(names, names)
    rule, subject, reason = (found[name].text() for name in names)
    return Waiver(rule, subject, reason, node.mark)


def _public(node: Node) -> Public:
    names = ("key", "reason")
    found = node.fields(names, names)
    return Public(found["key"].text(), found["reason"].text(), node.mark)


def parse(text: str, file: Path | str) -> Config:
    """Read the text of a chartgen.yaml; `file` is how messages name it. Raises ConfigError."""
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        words = getattr(error, "problem", error)
        raise ConfigError(f"not YAML: {words}", where=marks.mark_of_error(error, file)) from error
    if root is None:
        raise ConfigError("the file is empty", where=Mark(file), hint="name at least one chart under `charts`")
    found = Node(root, file).fields(("charts", "expected", "waivers", "public"), ("charts",))
    charts = {key.text(): _chart(key.text(), value) for key, value in found["charts"].pairs()}
    known = {name for chart in charts.values() for name in chart.environments}
    expected = [_expected(item, known) for item in found["expected"].items()] if "expected" in found else []
    waivers = [_waiver(item) for item in found["waivers"].items()] if "waivers" in found else []
    public = [_public(item) for item in found["public"].items()] if "public" in found else []
    return Config(charts, expected, waivers, public)
