"""The text that Helm prints, read as objects."""

from __future__ import annotations

import pytest

from chartgen.errors import RenderError
from chartgen.manifests.parsing import Limits, collect, is_hook, load_all, parse
from chartgen.model import KubeObject, ObjectId
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
    assert parse("t", "---\n# nothing\n---\n\n---\n" + POD) == parse("t", POD)
    assert parse("t", "") == ()


def test_a_list_is_its_items() -> None:
    text = "kind: List\nitems:\n- {kind: Service, metadata: {name: a}}\n- {kind: Pod, metadata: {name: b}}\n"
    assert [str(obj.id) for obj in parse("t", text)] == ["Service/a", "Pod/b"]


def test_a_list_of_one_kind_is_its_items_too_or_the_data_of_a_secret_list_would_be_shown() -> None:
    text = "apiVersion: v1\nkind: SecretList\nitems:\n- {metadata: {name: a}}\n- {kind: Secret, metadata: {name: b}}\n"
    assert [obj.id for obj in parse("t", text)] == [ObjectId("", "Secret", "", "a"), ObjectId("", "Secret", "", "b")]


def test_a_kind_that_ends_in_list_without_items_is_an_object() -> None:
    assert str(one("kind: AllowList\nmetadata: {name: a}\n").id) == "AllowList/a"


def test_keys_are_text_as_in_json() -> None:
    assert one("kind: ConfigMap\ndata: {9000: a, on: b}\n").body["data"] == {"9000": "a", "true": "b"}


def test_every_document_of_a_text_is_loaded() -> None:
    assert list(load_all("1\n---\n---\na: 12:30\n")) == [1, {"a": "12:30"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: 3\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: List\nitems: [1]\n", "it prints a document that is no Kubernetes object: it has no kind"),
        ("kind: Pod\na: [\n", "it prints what is not YAML: .*, at line 3 of its output$"),
        ("kind: Pod\n  a: b\n", "it prints what is not YAML: .*, at line 2 of its output, near `a`$"),
        ("kind: Pod\na: !Ref b\n", "could not determine a constructor .*, at line 2 of its output, near `a`$"),
        ("? [a]\n: 1\n", "it prints what is not YAML: a key is neither text nor a number, at line 1"),
        ("kind: " + "[" * 5000, "it prints what is not YAML: "),
    ],
)
def test_what_is_no_object_is_refused_with_its_template(text: str, message: str) -> None:
    with pytest.raises(RenderError, match=message) as refused:
        parse("web/templates/a.yaml", text)
    assert where(refused) == "web/templates/a.yaml"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(RenderError, match="it prints 47 characters") as refused:
        parse("t", POD, Limits(characters=10))
    assert refused.value.hint == "the limit is 10"


def test_an_anchor_bomb_is_refused() -> None:
    bomb = "kind: Pod\na0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    with pytest.raises(RenderError, match="its aliases expand to more than 1,000 values"):
        parse("t", bomb, Limits(nodes=1000))


def test_an_alias_that_is_no_bomb_is_followed() -> None:
    assert one("kind: Pod\na: &a [1]\nb: *a\n").body["b"] == [1]


def test_an_object_printed_twice_is_refused_with_both_templates() -> None:
    with pytest.raises(RenderError, match="Pod/web is printed twice") as refused:
        collect([*parse("a.yaml", POD), *parse("b.yaml", POD)])
    assert (where(refused), refused.value.hint) == ("a.yaml and b.yaml", "Helm would refuse to install it")
    with pytest.raises(RenderError) as refused:
        collect(parse("a.yaml", f"{POD}---\n{POD}"))
    assert where(refused) == "a.yaml"


def test_objects_of_two_namespaces_may_share_a_name() -> None:
    assert len(collect(parse("a.yaml", f"{POD}---\n{POD}  namespace: other\n"))) == 2


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [("{annotations: {helm.sh/hook: test}}", True), ("{annotations: {a: b}}", False), ("{annotations: }", False),
     ("{name: web}", False), ("", False)],
)  # fmt: skip
def test_a_hook_is_known_by_its_annotation(metadata: str, *, expected: bool) -> None:
    assert is_hook(one(f"kind: Pod\nmetadata: {metadata}\n")) is expected
