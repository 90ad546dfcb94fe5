"""What Helm prints, in the order in which it installs it."""

from __future__ import annotations

from chartgen.manifests.ordering import documents


def test_documents_come_in_the_order_in_which_helm_installs_them() -> None:
    texts = {
        "b.yaml": "kind: Deployment\nmetadata: {name: d}\n---\nkind: Zebra\n---\nkind: Apple\n",
        "a.yaml": "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n---\nkind: Service\n",
    }
    assert [each.obj.id.kind for each in documents(texts)] == ["Service", "Deployment", "Apple", "Zebra", "Pod"]


def test_a_documents_text_is_what_the_template_printed() -> None:
    (found,) = documents({"a.yaml": "---\n# Source: a\nkind: Pod # kept\n--- \n# only a comment\n"})
    assert found.text == "# Source: a\nkind: Pod # kept"


def test_a_list_is_one_document_as_helm_sees_it_with_all_of_its_items() -> None:
    text = "kind: List\nitems:\n- {kind: Pod, metadata: {name: a}}\n- {kind: Service, metadata: {name: b}}\n"
    (found,) = documents({"a.yaml": text})
    assert (found.obj.id.kind, len(found.obj.body["items"])) == ("List", 2)


def test_a_text_that_keeps_its_last_line_ends_does() -> None:
    one, other = documents({"a.yaml": "kind: A\na: |+\n  b\n\n---\nkind: B\n\n\n"})
    assert (one.text, other.text) == ("kind: A\na: |+\n  b\n\n\n", "kind: B")
