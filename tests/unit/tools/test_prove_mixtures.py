"""tools/prove mixes two environments as helm itself sees them, defaults of subcharts and what is global included."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.files import write
from tools.prove.copies import Copies, copies
from tools.prove.helm import Helm, RefusedError, Settings
from tools.prove.mixtures import Input, Sides, UnclearError, sides
from tools.prove.repository import Environment

CHART = {
    "Chart.yaml": """apiVersion: v2
name: shop
version: 1.10
dependencies:
  - {name: cache, version: 0.1.0, alias: store, condition: store.enabled, import-values: [{child: net, parent: net}]}
""",
    "values.yaml": "limits: {cpu: 1}\nstore: {enabled: false}\nglobal: {region: us}\n",
    "charts/cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 0.1.0\n",
    "charts/cache/values.yaml": "port: 6379\nnet: {host: h}\n",
    "charts/cache/templates/cm.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: cache}
data: {port: {{ .Values.port | quote }}, region: {{ .Values.global.region | quote }}}
""",
    "templates/cm.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  cpu: {{ .Values.limits.cpu | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
  ns: {{ .Release.Namespace }}
""",
    "values.schema.json": '{"required": ["never"]}',
    "to.yaml": "limits: {cpu: null}\nstore: {enabled: true}\nglobal: {region: eu}\n",
}


@pytest.fixture
def program(helm: Path) -> Helm:
    return Helm(str(helm), "")


@pytest.fixture(params=[False, True], ids=["folder", "packed"])
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Copies]:
    write(tmp_path / "chart", CHART)
    if request.param:
        subchart = tmp_path / "chart" / "charts" / "cache"
        with tarfile.open(subchart.with_suffix(".tgz"), "w:gz") as archive:
            archive.add(subchart, "cache")
        subchart.rename(tmp_path / "moved")
    with copies(tmp_path / "chart") as made:
        yield made


@pytest.fixture
def both(program: Helm, made: Copies, tmp_path: Path) -> Sides:
    before = Environment("from", Settings("shop", "default"), ())
    after = Environment("to", Settings("store", "shop", "1.31"), (tmp_path / "chart" / "to.yaml",))
    return sides(program, made.probe, (before, after))


def printed(program: Helm, made: Copies, mixture: tuple[Sides, int, list[Input]]) -> dict[str, dict[str, str | None]]:
    both, number, inputs = mixture
    side = both.mixed(number, inputs)
    documents = yaml.safe_load_all(program.template(made.bare, side.settings, ["-"], side.as_json()))
    return {each["metadata"]["name"]: each["data"] for each in documents}


def test_both_sides_are_what_templates_see_were_all_subcharts_on(both: Sides) -> None:
    assert both.before.values == {
        "limits": {"cpu": 1},
        "net": {"host": "h"},
        "store": {"enabled": False, "port": 6379, "net": {"host": "h"}, "global": {"region": "us"}},
        "global": {"region": "us"},
    }
    assert both.after.values["limits"] == {}
    assert both.subcharts == (("store",),)


def test_a_mixture_has_no_defaults_but_those_of_the_side_it_takes_them_from(
    program: Helm, made: Copies, both: Sides
) -> None:
    cpu, on = Input(key=("limits", "cpu")), Input(key=("store", "enabled"))
    assert printed(program, made, (both, 0, [cpu]))["shop"]["cpu"] is None
    assert printed(program, made, (both, 1, [cpu]))["store"]["cpu"] == "1"
    assert printed(program, made, (both, 0, [on]))["cache"] == {"port": "6379", "region": "us"}
    assert "cache" not in printed(program, made, (both, 1, [on]))


def test_what_is_global_reaches_subcharts(program: Helm, made: Copies, both: Sides) -> None:
    assert printed(program, made, (both, 1, [Input(key=("global", "region"))]))["cache"]["region"] == "us"


@pytest.mark.parametrize(
    ("spelt", "number", "name", "field", "value"),
    [("release", 0, "store", "ns", "default"), ("namespace", 0, "shop", "ns", "shop")],
)
def test_settings_are_inputs_too(  # noqa: PLR0913 - a row and three fixtures
    program: Helm, made: Copies, both: Sides, *, spelt: str, number: int, name: str, field: str, value: str
) -> None:
    given = both.input(spelt, {"release", "namespace", "kubeVersion"})
    assert printed(program, made, (both, number, [given]))[name][field] == value


def test_the_version_of_kubernetes_is_an_input(program: Helm, made: Copies, both: Sides) -> None:
    version = both.input("kubeVersion", {"kubeVersion"})
    assert printed(program, made, (both, 0, [version]))["shop"]["kube"] == "v1.31"
    assert printed(program, made, (both, 1, [version]))["store"]["kube"] != "v1.31"


def test_an_input_that_no_side_has_or_that_two_share_is_not_guessed(both: Sides) -> None:
    with pytest.raises(UnclearError, match=r"neither side has a `limits\.memory`"):
        both.input("limits.memory", ())
    values = {"release": "a"}, {"release": "b"}
    shared = both._replace(before=both.before._replace(values=values[0]), after=both.after._replace(values=values[1]))
    with pytest.raises(UnclearError, match="`release` is a setting, and a values key too"):
        shared.input("release", {"release"})
    assert shared.input("release", ()) == Input(key=("release",))


def test_neither_side_is_changed_by_mixing(both: Sides) -> None:
    before = both.before.as_json()
    both.mixed(0, [Input(key=("limits",)), Input(key=("store", "enabled"))])
    assert both.before.as_json() == before


def test_of_a_refusal_no_more_than_the_place_is_told(program: Helm, tmp_path: Path) -> None:
    template = 'a: {{ fail "hunter2" }}'
    write(tmp_path, {"Chart.yaml": "apiVersion: v2\nname: a\nversion: 0.1.0\n", "templates/a.yaml": template})
    with pytest.raises(RefusedError, match=r"^an error at a/templates/a\.yaml:1:6$"):
        program.template(tmp_path, Settings("a", "default"))
