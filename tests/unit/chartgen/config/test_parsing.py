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


def test_settings_know_their_place_and_values_files_do() -> None:
    prod = read(WEB).charts["web"].environments["prod"]
    assert prod.marks["release"] == Mark("chartgen.yaml", 5, 64)
    assert prod.marks["values[1]"] == Mark("chartgen.yaml", 5, 36)


def test_deployments_have_no_deadline_and_are_tested_unless_said() -> None:
    found = read(environment("{}")).charts["web"].environments["prod"]
    assert (found.context, found.cluster_uid, found.deadline, found.smoke_test) == ("", "", 0, True)
    uid = "5d2b1c1e-8a53-4f0b-9c1f-3a3f4e2d7b60"
    text = environment(f"{{context: gke, cluster-uid: {uid}, deadline: 15m, smoke-test: false}}")
    found = read(text).charts["web"].environments["prod"]
    assert (found.context, found.cluster_uid, found.deadline, found.smoke_test) == ("gke", uid, 900, False)


@pytest.mark.parametrize("word", ["no", "on", "1.30", "2024-01-01", "'true'", "'null'"])
def test_what_yaml_takes_for_something_else_is_text_as_it_stands(word: str) -> None:
    assert read(environment(f"{{release: {word}}}")).charts["web"].environments["prod"].release == word.strip("'")


@pytest.mark.parametrize("word", ["null", "~", "true", "False", "!env HOME", '"\\e[31m"', '"a\\nb"', '" "', "[]"])
def test_what_is_no_text_is_refused_where_one_is_meant(word: str) -> None:
    with pytest.raises(ConfigError, match=r"expected text here|control character U|expected one word") as refused:
        read(environment(f"{{context: {word}}}"))
    assert where(refused) == "chartgen.yaml:1:58"
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("name", ["prod@live", "-c", "a b", "a/b"])
def test_a_name_that_a_command_line_cannot_take_for_an_environment_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of an environment"):
        read(f'charts: {{web: {{path: web, environments: {{"{name}": {{}}}}}}}}')


def test_an_alias_is_what_it_stands_for() -> None:
    found = read("charts: {web: {path: w, environments: {stage: &all {namespace: front}, prod: *all}}}")
    assert [each.namespace for each in found.charts["web"].environments.values()] == ["front", "front"]


def test_a_reason_may_stand_in_several_lines() -> None:
    found = read(f"{WEB}public:\n  - key: a\n    reason: |\n      not\n      secret\n")
    assert found.public[0].reason == "not secret"


@pytest.mark.parametrize("before", ["\ufeff", "%YAML 1.1\n---\n", "\n\n# comment\n"])
def test_what_may_stand_before_a_text_does_not_matter(before: str) -> None:
    assert list(read(before + WEB).charts) == ["web"]


TRACKS = """\
charts:
  web:
    path: web
    environments:
      prod: {context: gke}
      canary: {track-of: prod, SETTINGS}
"""


@pytest.mark.parametrize(
    ("settings", "message", "place"),
    [
        ("context: gke", "canary is the same release as prod, web, and would replace it", ":6:26"),
        ("release: web", "canary is the same release as prod, web, and would replace it", ":6:41"),
        ("release: other, context: eks", "canary runs beside prod, whose `context` is another", ":6:57"),
    ],
)
def test_a_track_that_does_not_run_beside_what_it_names_is_refused(settings: str, message: str, place: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        read(TRACKS.replace("SETTINGS", settings))
    assert where(refused) == f"chartgen.yaml{place}"


@pytest.mark.parametrize("settings", ["release: other", "namespace: other", "release: other, context: gke"])
def test_a_track_is_a_release_of_its_own_in_the_same_cluster(settings: str) -> None:
    assert read(TRACKS.replace("SETTINGS", settings)).charts["web"].environments["canary"].track_of == "prod"


def test_a_path_has_no_slash_at_its_end() -> None:
    assert read(WEB).charts["web"].path == "charts/web"
    assert read("charts: {web: {path: /, environments: {}}}").charts["web"].path == "/"


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
        ("charts:\n  {a: \x01}", "not YAML: it has the character U+0001", "chartgen.yaml:2:7"),
        ("charts: {a: \ufffe}", "not YAML: it has the character U+FFFE", "chartgen.yaml:1:13"),
        ("charts: {}\n---\ncharts: {}", "expected a single document", "chartgen.yaml:2:1"),
        ("charts:\n\tweb: {}", "not YAML: ", "chartgen.yaml:2:1"),
        ("charts: " + "[" * 500, "not YAML: nested more than 200 levels deep", "chartgen.yaml:1:207"),
        ("charts: {web: *web}", "not YAML: found undefined alias", "chartgen.yaml:1:15"),
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
        (environment("{track-of: prod}"), "`track-of: prod` names an environment that is a track itself", ":1:59"),
        (
            "charts: {w: {path: w, environments: {a: {track-of: b}, b: {track-of: a, release: b}}}}",
            "`track-of: b` names an environment that is a track itself",
            ":1:52",
        ),
        (environment("{namespace: ../x}"), "`../x` cannot be the name of a namespace", ":1:60"),
        (environment("{cluster-uid: prod}"), "`prod` is no UID", ":1:62"),
        (environment("{smoke-test: yes}"), "expected true or false here", ":1:61"),
        (environment("{<<: {release: a}}"), "mappings are not merged here", ":1:49"),
        (f"{WEB}expected: [{{key: a, between: [prod], reason: c}}]", "`between` takes two environments", ":8:30"),
        (f"{WEB}expected: [{{key: a, between: [prod, prdo], reason: c}}]", "no environment is called `prdo`", ":8:37"),
        (f"{WEB}expected: [{{between: [prod, canary], reason: c}}]", "named by `key`, or by `object`", ":8:12"),
        (
            f"{WEB}expected: [{{key: a, object: b, between: [prod, canary], reason: c}}]",
            "named by `key`, or by",
            ":8:12",
        ),
        (f"{WEB}expected: [{{key: a, path: b, between: [prod, canary], reason: c}}]", "named by `key`, or by", ":8:12"),
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
        ("charts:\n\tweb: {}", "indent with spaces, not with tabs"),
        (environment("{context: null}"), "quote it if it is meant as text"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert refused.value.hint == hint
