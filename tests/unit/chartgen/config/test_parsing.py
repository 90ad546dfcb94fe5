"""chartgen.yaml: what it says, and where it cannot mean what it says."""

from __future__ import annotations

import pytest

from chartgen.config.model import Config, Waiver
from chartgen.config.parsing import parse
from chartgen.errors import ConfigError
from chartgen.model import Mark
from chartgen.results import Expected
from tests.unit.chartgen.places import where

WEB = """\
charts:
  web:
    path: charts/web/
    environments:
      prod: {values: [values.yaml, values-prod.yaml], release: shop, namespace: front, kubeVersion: 1.30, context: gke}
      canary:
        track-of: prod
"""


def read(text: str) -> Config:
    return parse(text, "chartgen.yaml")


def environment(settings: str) -> str:
    return f"charts: {{web: {{path: web, environments: {{prod: {settings}}}}}}}"


def test_an_environment_has_what_the_file_says() -> None:
    prod = read(WEB).charts["web"].environments["prod"]
    assert prod.values == ("values.yaml", "values-prod.yaml")
    assert (prod.release, prod.namespace, prod.context) == ("shop", "front", "gke")


def test_a_kubernetes_version_is_the_text_of_the_file_not_a_number() -> None:
    assert read(WEB).charts["web"].environments["prod"].kube_version == "1.30"


def test_release_is_the_charts_name_and_namespace_is_default_unless_said() -> None:
    canary = read(WEB).charts["web"].environments["canary"]
    assert (canary.values, canary.release, canary.namespace, canary.kube_version) == ((), "web", "default", "")
    assert canary.track_of == "prod"


def test_settings_know_their_place() -> None:
    prod = read(WEB).charts["web"].environments["prod"]
    assert prod.marks["release"] == Mark("chartgen.yaml", 5, 64)


def test_a_path_has_no_slash_at_its_end() -> None:
    assert read(WEB).charts["web"].path == "charts/web"


def test_expected_differences_and_waivers_are_read_with_their_places() -> None:
    at = WEB.count("\n") + 1
    found = read(
        WEB
        + "expected:\n"
        + "- {key: replicas, between: [prod, canary], reason: traffic}\n"
        + "- {object: Service/web, path: spec.type, between: [prod, canary], reason: cost}\n"
        + "waivers: [{rule: overlay-repeats, subject: image.tag, reason: on purpose}]\n"
    )
    assert found.expected == [
        Expected(("prod", "canary"), "traffic", Mark("chartgen.yaml", at + 1, 3), key="replicas"),
        Expected(("prod", "canary"), "cost", Mark("chartgen.yaml", at + 2, 3), object="Service/web", path="spec.type"),
    ]
    assert found.waivers == [Waiver("overlay-repeats", "image.tag", "on purpose", Mark("chartgen.yaml", at + 3, 11))]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "the file is empty", "chartgen.yaml"),
        ("# nothing\n", "the file is empty", "chartgen.yaml"),
        ("charts: [", "not YAML: ", "chartgen.yaml:2:1"),
        ("charts: {a: \x01}", "not YAML: ", "chartgen.yaml"),
        ("charts: {}\n---\ncharts: {}", "not YAML: ", "chartgen.yaml:2:1"),
        ("[]", "expected a mapping of keys and values here", "chartgen.yaml:1:1"),
        ("expected: []", "`charts` is missing here", "chartgen.yaml:1:1"),
        ("charts:\n", "expected a mapping", "chartgen.yaml:1:8"),
        ("charts: {}\ncharts: {}", "`charts` is set twice here", "chartgen.yaml:2:1"),
        ("chart: {}", "unknown key `chart`", "chartgen.yaml:1:1"),
        ("charts: {web: {path: web}}", "`environments` is missing here", "chartgen.yaml:1:15"),
        ("charts: {web: {path: [], environments: {}}}", "expected one word or number here", "chartgen.yaml:1:22"),
        ("charts: {web: {path: , environments: {}}}", "expected one word or number here", "chartgen.yaml:1:22"),
        (environment("{values: values-prod.yaml}"), "expected a list here", "chartgen.yaml:1:57"),
        (environment("{release: }"), "expected one word or number here", "chartgen.yaml:1:58"),
        (environment("{track-of: stable}"), "`track-of: stable` names no environment of web", "chartgen.yaml:1:59"),
        (f"{WEB}expected: [{{key: a, between: [prod], reason: c}}]", "`between` takes two environments", ":8:30"),
        (f"{WEB}expected: [{{key: a, between: [prod, prdo], reason: c}}]", "no environment is called `prdo`", ":8:37"),
        (f"{WEB}expected: [{{between: [prod, canary], reason: c}}]", "named by `key`, or by `object`", ":8:12"),
        (
            f"{WEB}expected: [{{key: a, object: b, between: [prod, canary], reason: c}}]",
            "named by `key`, or by",
            ":8:12",
        ),
        (f"{WEB}waivers: [{{rule: a, subject: b}}]", "`reason` is missing here", ":8:11"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, message: str, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert message in refused.value.message
    assert where(refused).endswith(place)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "name at least one chart under `charts`"),
        ("chart: {}", "did you mean `charts`?"),
        ("zzz: {}", "known here: charts, expected, waivers, public"),
        (environment("{kube-version: 1}"), "did you mean `kubeVersion`?"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert refused.value.hint == hint
