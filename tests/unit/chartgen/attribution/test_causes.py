"""Two environments of a chart, from values to causes: what is left out, what is secret, where keys stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chartgen import pipeline
from chartgen.errors import RenderError
from chartgen.helm import sdk
from chartgen.keypath import path as spelled
from chartgen.model import Hidden, Mark, Target
from chartgen.results import Comparison, Factor
from tests import files
from tests.reported import reported_in_every_way

Compare = Callable[..., Comparison]
METADATA = "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def template(body: str, kind: str = "ConfigMap", name: str = "x") -> str:
    return METADATA.format(kind=kind, name=name) + body + "\n"


def data(value: str, name: str = "x") -> str:
    return template(f"data:\n  v: {value}", name=name)


def secret(value: str, name: str = "s") -> str:
    return template(f"stringData:\n  v: {value}", "Secret", name)


@pytest.fixture
def compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """`compare({file: template}, defaults, before, after)`; further options are those of pipeline.compare."""
    monkeypatch.chdir(tmp_path)

    def compared(
        templates: dict[str, str],
        defaults: dict[str, Any],
        before: dict[str, Any],
        after: dict[str, Any],
        **options: Any,
    ) -> Comparison:
        folder = Path("web")
        values = {"values": defaults, "before": before, "after": after}
        files.write(folder, {f"{name}.yaml": json.dumps(tree, indent=1) for name, tree in values.items()})
        files.write(folder, {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.0.0\n"})
        files.write(folder / "templates", templates)
        one = Target("web", folder, "stage", "web", "default", (folder / "before.yaml",))
        other = one._replace(environment="prod", release=options.pop("release", "web"), files=(folder / "after.yaml",))
        return pipeline.compare(one, other, sdk, **options)

    return compared


def causes(found: Comparison) -> dict[str, list[str]]:
    return {
        f"{diff.pair.after.id if diff.pair.after else 'gone'} {spelled(change.path)}": [
            spelled(factor.key) for factor in change.cause.factors
        ]
        for diff in found.objects
        for change in diff.changes
        if change.cause
    }


def factors(found: Comparison) -> tuple[Factor, ...]:
    assert found.factors is not None
    return found.factors


def test_each_change_has_its_keys(compare: Compare) -> None:
    templates = {"a.yaml": data("{{ .Values.a }}-{{ .Values.b }}"), "b.yaml": data("{{ .Values.c | quote }}", "other")}
    found = compare(templates, {"a": "x", "b": "x", "c": 1}, {}, {"a": "z", "b": "z", "c": 2})
    assert causes(found) == {"ConfigMap/x data.v": ["a", "b"], "ConfigMap/other data.v": ["c"]}
    assert (found.counts.equal, found.left) == (0, ())


def test_equal_environments_do_not_differ(compare: Compare) -> None:
    found = compare({"a.yaml": data("{{ .Values.a }}")}, {"a": "x"}, {}, {})
    assert (found.changes, found.factors, found.counts.equal) == ([], (), 1)


def test_without_causes_there_are_no_factors(compare: Compare) -> None:
    found = compare({"a.yaml": data("{{ .Values.a }}")}, {"a": "x"}, {}, {"a": "z"}, why=False)
    assert ([change.cause for change in found.changes], found.factors, found.renders) == ([None], None, 2)


def test_a_release_of_another_name_is_a_factor(compare: Compare) -> None:
    found = compare({"a.yaml": data("{{ .Release.Name }}")}, {}, {}, {}, release="web-canary")
    assert causes(found) == {"ConfigMap/x data.v": ["release"]}
    assert factors(found)[0].setting


def test_lists_that_differ_in_type_only_are_a_cause(compare: Compare) -> None:
    found = compare({"a.yaml": data("{{ toJson .Values.a | quote }}")}, {}, {"a": [1]}, {"a": [True]})
    assert causes(found) == {"ConfigMap/x data.v[0]": ["a"]}


def test_factors_come_in_the_order_of_the_charts_own_values_and_know_both_places(compare: Compare) -> None:
    found = compare({"a.yaml": data("x")}, {"z": 1, "a": {"y": 1, "b": 1}}, {"n": 1}, {"a": {"b": 2, "y": 2}, "z": 2})
    assert [spelled(factor.key) for factor in factors(found)] == ["z", "a.y", "a.b", "n"]
    assert factors(found)[0].before_mark == Mark(Path("web/values.yaml"), 2, 2)
    assert factors(found)[0].after_mark == Mark(Path("web/after.yaml"), 6, 2)
    assert (factors(found)[3].before_mark, factors(found)[3].after_mark) == (Mark(Path("web/before.yaml"), 2, 2), None)


def test_a_key_below_a_switch_that_is_off_on_both_sides_says_so(compare: Compare) -> None:
    defaults = {"hpa": {"enabled": False, "max": {"pods": 1}}}
    found = compare({"a.yaml": data("x")}, defaults, {}, {"hpa": {"max": {"pods": 2}}})
    assert [factor.idle for factor in factors(found)] == ["hpa.enabled is false on both"]


def test_what_a_key_alters_in_an_object_that_one_side_has_shapes_it(compare: Compare) -> None:
    text = f"{{{{ if .Values.on }}}}\n{data('{{ .Values.a }}')}{{{{ end }}}}\n"
    found = compare({"a.yaml": text}, {"on": False, "a": "x"}, {}, {"on": True, "a": "y"})
    assert causes(found) == {"ConfigMap/x ": ["on"]}
    assert [[spelled(factor.key) for factor in diff.shaped_by] for diff in found.objects] == [["a"]]


def test_what_differs_from_render_to_render_is_left_out_and_named(compare: Compare) -> None:
    found = compare({"a.yaml": data("{{ randAlphaNum 20 }}"), "b.yaml": data("x", "other")}, {"a": 1}, {}, {"a": 2})
    assert (found.changes, found.counts.equal) == ([], 2)
    (left,) = found.left
    assert (str(left.object), left.template, left.path) == ("ConfigMap/x", "web/templates/a.yaml", ("data", "v"))
    assert (left.environments, left.calls) == (("stage", "prod"), ("randAlphaNum",))


def test_what_stands_beside_what_moves_is_compared(compare: Compare) -> None:
    text = template("data: {v: {{ randAlphaNum 20 }}, w: '{{ .Values.a }} at {{ now }}'}")
    found = compare({"a.yaml": text}, {"a": 1, "b": 1}, {}, {"a": 2, "b": 2})
    assert causes(found) == {"ConfigMap/x data.w": ["a"]}
    assert [left.path for left in found.left] == [("data", "v"), ("data", "w")]


@pytest.mark.parametrize("form", ["2006", "2006-01-02", "Monday", "January", "15h", ":04"])
def test_a_date_that_moves_more_slowly_than_renders_is_left_out_too(compare: Compare, form: str) -> None:
    found = compare({"a.yaml": data(f'{{{{ now | date "{form}" }}}}')}, {"a": 1}, {}, {"a": 2})
    assert [(left.path, left.calls) for left in found.left] == [(("data", "v"), ("now",))]


def test_a_chart_that_asks_neither_clock_nor_chance_is_rendered_once_a_side(compare: Compare) -> None:
    assert compare({"a.yaml": data("x")}, {"a": 1}, {}, {"a": 2}).renders == 2 + 2
    assert compare({"a.yaml": data("{{ uuidv4 }}")}, {"a": 1}, {}, {"a": 2}).renders == 10 + 2


def test_a_key_that_alters_only_how_things_are_written_says_so(compare: Compare) -> None:
    found = compare({"a.yaml": data("x # {{ .Values.a }}")}, {"a": 1, "b": 1}, {}, {"a": 2, "b": 2})
    assert [(factor.key, factor.respells) for factor in factors(found)] == [(("a",), True), (("b",), False)]


def test_hooks_can_be_left_out(compare: Compare) -> None:
    text = "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nspec: {{ .Values.a }}\n"
    assert compare({"a.yaml": text}, {"a": 1}, {}, {"a": 2}, hooks=False).changes == []


def test_a_side_that_does_not_render_is_an_error(compare: Compare) -> None:
    with pytest.raises(RenderError, match="no b"):
        compare({"a.yaml": data('{{ required "no b" .Values.b }}')}, {}, {"b": 1}, {})


def test_a_value_that_feeds_a_secret_is_hidden_wherever_it_is_printed(compare: Compare) -> None:
    templates = {
        "s.yaml": secret("{{ .Values.password }}"),
        "a.yaml": data("http://{{ .Values.password }}@host"),
        "b.yaml": data("{{ .Values.password | b64enc }}", "other"),
    }
    found = compare(templates, {"password": "hunter22", "other": 1}, {}, {"password": "swordfish", "other": 2})
    assert all(isinstance(value, Hidden) for change in found.changes for value in (change.before, change.after))
    assert (len(found.changes), [factor.feeds for factor in factors(found)]) == (3, ["Secret/s", ""])
    assert not {"hunter22", "swordfish", "aHVudGVyMjI"} & set(reported_in_every_way(found).replace('"', " ").split())


@pytest.mark.parametrize("password", ["abc", 12, "hunter22"])
def test_the_only_key_that_differs_is_secret_too_if_it_feeds_a_secret(compare: Compare, password: str | int) -> None:
    found = compare({"s.yaml": secret('"u:{{ .Values.password }}@"')}, {"password": "x"}, {}, {"password": password})
    assert isinstance(factors(found)[0].after, Hidden)


def test_a_key_that_sounds_secret_and_has_no_effect_is_secret(compare: Compare) -> None:
    defaults = {"auth": {"password": "x", "user": "x"}, "tokenName": "x"}
    after = {"auth": {"password": "hunter22", "user": "alice"}, "tokenName": "shown"}
    found = compare({"a.yaml": data("{{ .Values.tokenName }}")}, defaults, {}, after)
    assert list(map(str, (factor.after for factor in factors(found)))) == ["(secret)", "alice", "shown"]


@pytest.mark.parametrize("why", [True, False])
@pytest.mark.parametrize("passwords", [("hunter22", "swordf1sh"), ("hunter22", "hunter22")])
def test_a_part_of_a_secrets_data_is_hidden_by_the_name_of_its_key(
    compare: Compare, passwords: tuple[str, str], *, why: bool
) -> None:
    templates = {
        "s.yaml": secret('"redis://u:{{ .Values.password }}@h"'),
        "a.yaml": data("{{ .Values.password }}{{ .Values.a }}"),
    }
    found = compare(templates, {"a": 1}, *({"password": one, "a": n} for n, one in enumerate(passwords)), why=why)
    assert not [password for password in passwords if password in reported_in_every_way(found)]


def test_the_release_is_no_secret_though_a_secret_names_it(compare: Compare) -> None:
    templates = {"s.yaml": secret("redis://{{ .Release.Name }}:6379"), "a.yaml": data("{{ .Release.Name }}")}
    found = compare(templates, {}, {"a": 1}, {"a": 2}, release="web-canary")
    assert list(map(str, (change.after for change in found.changes))) == ["web-canary", "(secret)"]
    assert [factor.after for factor in factors(found)] == [2, "web-canary"]


@pytest.mark.parametrize("hooks", [True, False])
def test_secrets_that_are_left_out_of_the_comparison_are_secret_all_the_same(compare: Compare, *, hooks: bool) -> None:
    hook = secret("{{ .Values.a }}").replace("{name: s}", "{name: s, annotations: {helm.sh/hook: pre-install}}")
    moving = secret("{{ .Values.b }}", "r") + "  random: {{ randAlphaNum 9 }}\n"
    templates = {"h.yaml": hook, "r.yaml": moving, "a.yaml": data("{{ .Values.a }} {{ .Values.b }}")}
    defaults = {"a": "hunter22", "b": "swordfish"}
    found = compare(templates, defaults, {}, {"a": "hunter33", "b": "swordfin"}, hooks=hooks)
    assert not [text for text in ("hunter", "sword") if text in reported_in_every_way(found)]


def test_a_secret_that_is_new_with_each_render_does_not_hide_everything(compare: Compare) -> None:
    templates = {"s.yaml": secret("{{ randAlphaNum 9 }}"), "a.yaml": data("{{ .Values.a }}")}
    found = compare(templates, {"a": "x", "b": 1}, {}, {"a": "z", "b": 2})
    assert [(change.before, change.after) for change in found.changes] == [("x", "z")]


def test_a_date_in_a_config_map_can_be_reported(compare: Compare) -> None:
    found = compare({"a.yaml": data("|\n    1.5: 2020-01-0{{ .Values.a }}\n    on: 1")}, {"a": 1}, {}, {"a": 2})
    assert '"value": "2020-01-02"' in reported_in_every_way(found)


def test_a_key_with_which_alone_the_chart_does_not_render_says_so(compare: Compare) -> None:
    text = '{{ if ne .Values.a .Values.b }}{{ fail "both" }}{{ end }}\n' + data("{{ .Values.c }}")
    found = compare({"a.yaml": text}, {"a": 1, "b": 1, "c": 1}, {}, {"a": 2, "b": 2, "c": 2})
    assert causes(found) == {"ConfigMap/x data.v": ["c"]}
    assert [(spelled(factor.key), factor.fails) for factor in factors(found)] == [
        ("a", True),
        ("b", True),
        ("c", False),
    ]
    assert "No effect seen: a 1 → 2 (after.yaml:2:2; the chart does not render with it alone)" in reported_in_every_way(
        found
    )


def test_where_something_moves_no_key_is_said_to_respell(compare: Compare) -> None:
    templates = {"a.yaml": data("x # {{ .Values.a }}"), "r.yaml": data("{{ randAlpha 9 }}", "r")}
    assert [factor.respells for factor in factors(compare(templates, {"a": 1}, {}, {"a": 2}))] == [False]
