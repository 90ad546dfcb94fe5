"""The text that Helm prints, read as objects."""

from __future__ import annotations

import pytest

from chartgen.errors import RenderError
from chartgen.manifests.parsing import Limits, objects, parse
from chartgen.model import KubeObject, ObjectId, ObjectPath
from tests.unit.chartgen.places import where

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"


def one(text: str) -> KubeObject:
    (found,) = parse("web/templates/pod.yaml", text)
    return found


def test_an_object_is_known_by_group_kind_namespace_and_name_but_not_by_version() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: front}\n"
    assert one(text).id == one(text.replace("v1", "v2")).id == ObjectId("apps", "Deployment", "front", "web")
    assert one(text).template == "web/templates/pod.yaml"


def test_the_core_group_is_empty_and_a_namespace_may_be_left_out() -> None:
    assert one(POD).id == ObjectId("", "Pod", "", "web")


@pytest.mark.parametrize("metadata", ["{generateName: web-}", "{name: null, generateName: web-}"])
def test_a_generated_name_stands_in_for_a_name(metadata: str) -> None:
    assert one(f"kind: Job\nmetadata: {metadata}\n").id.name == "web-"


@pytest.mark.parametrize("metadata", ["", "[]", "text"])
def test_an_object_may_lack_metadata(metadata: str) -> None:
    assert one(f"kind: Pod\nmetadata: {metadata}\n").id == ObjectId("", "Pod", "", "")


def test_empty_documents_are_no_objects() -> None:
    assert objects({"t": "---\n# nothing\n---\n\n---\n" + POD}) == [*parse("t", f"{POD}\n")]
    assert objects({"t": ""}) == []


def test_objects_come_by_the_names_of_their_templates_each_with_its_documents_text() -> None:
    found = objects({"b": f"{POD}---\n{POD.replace('web', 'two')}", "a": POD.replace("web", "one")})
    assert [(obj.template, obj.id.name) for obj in found] == [("a", "one"), ("b", "web"), ("b", "two")]
    assert found[1].text == f"{POD}\n"


def test_a_text_that_is_printed_again_is_the_same_object() -> None:
    assert objects({"t": POD})[0] is objects({"t": POD, "u": POD})[0]


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("kind: Pod\na: 1\na: 2\n", (("a",),)),
        ("kind: Pod\nb: {c: 1, d: 2, c: 3, c: 4}\n", (("b", "c"), ("b", "c"))),
        ("kind: Pod\nb: [{c: 1}, {c: 1, 'c': 2}]\n", (("b", 1, "c"),)),
        ("kind: Pod\nb: {1: a, '1': b}\n", (("b", "1"),)),
        ("kind: Pod\nb: &b {c: 1}\nd: {<<: *b, c: 2}\n", ()),
        ("kind: Pod\nb: &b {c: 1, c: 2}\nd: *b\n", (("b", "c"),)),
        ("kind: Pod\nb: [{c: 1}, {c: 1}]\n", ()),
    ],
)
def test_a_mapping_that_repeats_a_key_is_noticed(text: str, repeated: tuple[ObjectPath, ...]) -> None:
    assert one(text).repeated == repeated


def test_a_list_is_its_items() -> None:
    text = "kind: List\nitems:\n- {kind: Service, metadata: {name: a}}\n- {kind: Pod, metadata: {name: b}}\n"
    assert [str(obj.id) for obj in parse("t", text)] == ["Service/a", "Pod/b"]


def test_a_list_of_one_kind_is_its_items_too_or_the_data_of_a_secret_list_would_be_shown() -> None:
    text = "apiVersion: v1\nkind: SecretList\nitems:\n- {metadata: {name: a}}\n- {kind: Secret, metadata: {name: b}}\n"
    assert [obj.id for obj in parse("t", text)] == [ObjectId("", "Secret", "", "a"), ObjectId("", "Secret", "", "b")]


@pytest.mark.parametrize(
    "text",
    [
        "kind: AllowList\nmetadata: {name: a}\n",
        "apiVersion: acme.io/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [{cidr: 10.0.0.0/8}]\n",
        "apiVersion: acme.io/v1\nkind: SecretList\nmetadata: {name: a}\nitems: [{metadata: {name: b}}]\n",
    ],
)
def test_a_list_that_is_none_of_kubernetes_own_is_an_object(text: str) -> None:
    assert one(text).id.name == "a"


def test_keys_are_text_as_in_json() -> None:
    assert one("kind: ConfigMap\ndata: {9000: a, on: b}\n").body["data"] == {"9000": "a", "true": "b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: 3\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: List\nitems: [1]\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: Pod\na: [\n", "it prints what is not YAML: .*, at line 3 of a document$"),
        ("kind: Pod\n  a: b\n", "it prints what is not YAML: .*, at line 2 of a document, near `a`$"),
        ("kind: Pod\na: !Ref b\n", "could not determine a constructor .*, at line 2 of a document, near `a`$"),
        ("? [a]\n: 1\n", "it prints what is not YAML: a key is neither text nor a number, at line 1"),
        ("kind: " + "[" * 5000, "it prints what is not YAML: "),
    ],
)
def test_what_is_no_object_is_refused_with_its_template(text: str, message: str) -> None:
    with pytest.raises(RenderError, match=message) as refused:
        parse("web/templates/a.yaml", text)
    assert where(refused) == "web/templates/a.yaml"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(RenderError, match="it prints 50,000,001 characters") as refused:
        objects({"t": POD.ljust(50_000_001)})
    assert refused.value.hint == "the limit is 50,000,000"


def test_an_anchor_bomb_is_refused() -> None:
    bomb = "kind: Pod\na0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    with pytest.raises(RenderError, match="its aliases expand to more than 1,000 values"):
        parse("t", bomb, Limits(nodes=1000))


def test_an_alias_that_is_no_bomb_is_followed() -> None:
    assert one("kind: Pod\na: &a [1]\nb: *a\n").body["b"] == [1]


@pytest.mark.parametrize(
    ("metadata", "events"),
    [
        ("{annotations: {helm.sh/hook: test}}", {"test"}),
        ("{annotations: {helm.sh/hook: 'pre-install, post-upgrade'}}", {"pre-install", "post-upgrade"}),
        ("{annotations: {helm.sh/hook: }}", {""}),
        ("{annotations: {a: b}}", set()),
        ("{annotations: }", set()),
        ("{name: web}", set()),
        ("", set()),
    ],
)
def test_a_hook_has_its_events(metadata: str, events: set[str]) -> None:
    assert one(f"kind: Pod\nmetadata: {metadata}\n").events == events


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [("{name: a}", False), ("{generateName: a-}", True), ("{name: '', generateName: a-}", True), ("", True)],
)
def test_a_name_may_be_left_to_the_api_server(metadata: str, *, expected: bool) -> None:
    assert one(f"kind: Pod\nmetadata: {metadata}\n").generated is expected


def test_a_line_that_is_no_key_is_not_repeated_in_an_error() -> None:
    with pytest.raises(RenderError) as refused:
        parse("t", "kind: A\nkey: |\nQUJDREVGR0hJSktMTU5P\nb: [\n")
    assert "QUJD" not in refused.value.message
