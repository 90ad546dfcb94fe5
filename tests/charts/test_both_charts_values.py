"""What holds for the values, the schema and the templates of either chart."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml

from chartgen.errors import ChartgenError
from chartgen.helm import sdk
from chartgen.pipeline import validate
from chartgen.values.layers import merge
from tests.charts.conftest import CHARTS, ENTRIES, ENVIRONMENTS, REPOSITORY, load, overlay, target, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Key = tuple[str, ...]

each_chart = pytest.mark.parametrize("chart", list(ENVIRONMENTS))
TEMPLATES = sorted(path for chart in ENVIRONMENTS for path in (CHARTS / chart / "templates").rglob("*.*"))
IMPURE = re.compile(
    r"(?<![\w.$-])(lookup|rand\w+|now|ago|date\w*|htmlDate\w*|uuidv4|shuffle|gen[A-Z]\w+|getHostByName|env|expandenv)\b"
    r"|\.Capabilities"
)
# a value of each form that a key may have; the schema says which of them it has
SAMPLES: list[Any] = [
    *("x", "30s", "250m", "2Gi", "50%", "sha256:" + "0" * 64, "2026-02-01T00:00:00Z", "https://example.com"),
    *(7, [], ["10.9.0.0/16"], [{"name": "x"}], [{"name": "X", "value": "x"}], [{"key": "x", "operator": "Exists"}]),
    *([{"podSelector": {}}], [{"to": [{"podSelector": {}}]}], {"nodeAffinity": {}}),
]


def read(chart: str, file: str) -> Any:
    return yaml.safe_load((CHARTS / chart / file).read_text())


def schema(chart: str) -> Any:
    return json.loads((CHARTS / chart / "values.schema.json").read_text())


def resolved(node: Any, root: Any) -> Any:
    if "$ref" not in node:
        return node
    for part in node["$ref"].removeprefix("#/").split("/"):
        root = root[part]
    return root


def schema_leaves(node: Any, root: Any, at: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Each key that holds a value, with its schema; an object without properties of its own is one, such as labels."""
    found = resolved(node, root)
    if "properties" not in found:
        yield at, found
    for key, below in found.get("properties", {}).items():
        yield from schema_leaves(below, root, (*at, key))


def leaves(chart: str) -> dict[Key, Any]:
    found = schema(chart)
    return {key: node for key, node in schema_leaves(found, found) if key != ("global",)}


def value_leaves(values: Any, stop: Mapping[Key, Any], at: Key = ()) -> Iterator[tuple[Key, Any]]:
    if at in stop or not isinstance(values, dict):
        yield at, values
    else:
        for key, below in values.items():
            yield from value_leaves(below, stop, (*at, key))


def tree(key: Key, value: Any) -> dict[str, Any]:
    for part in reversed(key):
        value = {part: value}
    return dict(value)


def manifests(chart: str, env: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The text of each template that renders an object; nothing where the chart refuses the values."""
    try:
        return {path: text for path, text in texts(chart, env, values).items() if text.strip()}
    except ChartgenError:
        return {}


@each_chart
@pytest.mark.parametrize("file", ["values.yaml", "ci/all-values.yaml"])
def test_schema_and_values_hold_the_same_keys(chart: str, file: str) -> None:
    wanted = leaves(chart)
    found = {key for key, _ in value_leaves(read(chart, file), wanted) if key != ("global",)}
    assert found == wanted.keys()


@each_chart
def test_every_key_changes_something_that_is_rendered(chart: str) -> None:
    definitions = schema(chart)["definitions"]
    defaults = read(chart, "values.yaml")
    before = {env: manifests(chart, env, {}) for env in ENVIRONMENTS[chart]}

    def matters(key: Key, node: Any) -> bool:
        allowed = jsonschema_rs.validator_for({**node, "definitions": definitions}).is_valid
        for env, rendered in before.items():
            values = merge(defaults, overlay(chart, env))
            for other in filter(allowed, others(dict(value_leaves(values, {key: node}))[key], node)):
                if manifests(chart, env, tree(key, other)) not in ({}, rendered):
                    return True
        return False

    assert [".".join(key) for key, node in leaves(chart).items() if not matters(key, node)] == []


def others(value: Any, node: Any) -> list[Any]:
    """Values unlike the one given, at least one of which the schema of a key that can vary will take."""
    like: list[Any] = []
    match value:
        case bool():
            like = [not value]
        case int() | float():
            like = [value + 1, value - 1, value / 2]
        case str():
            like = [f"{value}x", f"{value}1", value[:-1]]
        case list():
            like = [value[:-1]]
        case dict():
            like = [{**value, "example.com/x": "y"}]
    return [*like, *node.get("enum", []), *SAMPLES]


@each_chart
def test_every_object_of_the_schema_is_closed_and_every_key_typed(chart: str) -> None:
    found = schema(chart)
    assert found["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert resolved(found["properties"]["global"], found)["type"] == "object"
    open_objects = [node for node in walk(found) if "properties" in node and node.get("type") == "object"]
    assert [node for node in open_objects if node.get("additionalProperties") is not False] == []
    assert [key for key, node in leaves(chart).items() if not {"type", "enum", "allOf", "const"} & node.keys()] == []


@each_chart
def test_no_constraint_stands_beside_a_reference_where_draft_07_ignores_it(chart: str) -> None:
    assert [node for node in walk(schema(chart)) if "$ref" in node and node.keys() - {"$ref", "description"}] == []


def walk(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(below)


@each_chart
def test_one_comment_stands_above_every_key_of_values(chart: str) -> None:
    text = (CHARTS / chart / "values.yaml").read_text()
    lines, stop = text.splitlines(), leaves(chart)

    def uncommented(node: yaml.MappingNode, at: Key) -> Iterator[str]:
        for key, value in node.value:
            here, line = (*at, key.value), key.start_mark.line
            if not re.fullmatch(r" *# -- \S.*", lines[line - 1]) or lines[line - 2].lstrip().startswith("# --"):
                yield ".".join(here)
            if here not in stop and isinstance(value, yaml.MappingNode):
                yield from uncommented(value, here)

    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    assert list(uncommented(root, ())) == []


@each_chart
def test_an_overlay_opens_with_when_and_why_it_applies(chart: str) -> None:
    overlays = sorted((CHARTS / chart).glob("values-*.yaml"))
    assert len(overlays) == len(ENTRIES[chart].environments)
    assert [path.name for path in overlays if not path.read_text().startswith("# ")] == []


@each_chart
def test_chartgen_finds_nothing_wrong_with_the_values_of_any_environment(chart: str) -> None:
    """No overlay line repeats what is so, no list drops items, no file is unused, no key stands twice."""
    assert list(validate(REPOSITORY, [ENTRIES[chart]], (), sdk)) == []


@pytest.mark.parametrize("chart", list(ENVIRONMENTS))
@pytest.mark.parametrize("env", ["stage", "prod", "canary", "all"])
def test_a_template_renders_at_most_one_object_and_always_the_same_bytes(chart: str, env: str) -> None:
    rendered = manifests(chart, env, {})
    assert rendered
    assert [path for path, text in rendered.items() if len(list(yaml.safe_load_all(text))) != 1] == []
    assert manifests(chart, env, {}) == rendered


@each_chart
def test_all_values_render_every_template_that_stable_can_have(chart: str) -> None:
    """Only what belongs to the canary's test is missing."""
    files = {path.name for path in TEMPLATES if CHARTS / chart in path.parents and path.suffix == ".yaml"}
    missing = files - {path.rpartition("/")[2] for path in manifests(chart, "all", {})}
    assert missing <= {path.rpartition("/")[2] for path in manifests(chart, "canary", {}) if "/tests/" in path}


def actions(template: Path) -> list[str]:
    return re.findall(r"\{\{.*?\}\}", template.read_text(), re.DOTALL)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(CHARTS).as_posix())
def test_a_template_reads_nothing_but_values(template: Path) -> None:
    code = [re.sub(r'"[^"]*"|/\*.*?\*/', "", action, flags=re.DOTALL) for action in actions(template)]
    assert [action for action in code if IMPURE.search(action)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(CHARTS).as_posix())
def test_a_template_trims_only_to_the_left_and_only_lines_of_control(template: Path) -> None:
    assert [action for action in actions(template) if action.endswith("-}}")] == []
    # PromQL's own brace may be trimmed up to: without the space the two would read as a third
    trims = re.findall(r"^.*\S.*\{\{-.*", template.read_text().replace("{ {{-", "{"), re.MULTILINE)
    assert trims == []


@each_chart
def test_helpers_are_few_and_carry_the_charts_name(chart: str) -> None:
    helpers = re.findall(r'define "([^"]+)"', (CHARTS / chart / "templates" / "_helpers.tpl").read_text())
    assert 0 < len(helpers) <= 5
    assert all(name.startswith(f"{chart}.") for name in helpers)


@each_chart
def test_a_chart_needs_nothing_that_a_cluster_may_lack_unless_switched_on(chart: str) -> None:
    found = [yaml.safe_load(text) for text in load(chart).render(target(chart, "stage"), {}).values()]
    groups = {each["apiVersion"].rpartition("/")[0] for each in found if each}
    assert {group for group in groups if "." in group and not group.endswith(".k8s.io")} == set()


@each_chart
def test_a_moving_tag_is_refused_in_production_and_not_in_staging(chart: str) -> None:
    latest = {"image": {"tag": "latest"}}
    assert manifests(chart, "stage", latest)
    assert not manifests(chart, "prod", latest)
