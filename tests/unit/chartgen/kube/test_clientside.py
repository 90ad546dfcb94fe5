"""What goes of an object when what applies it is no longer Helm itself."""

from __future__ import annotations

from typing import Any

from chartgen.kube.clientside import handed_over


def entry(manager: str, operation: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "time": "", "fieldsV1": fields, **more}


def obj(spec: dict[str, Any], labels: dict[str, str], *entries: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "web", "labels": labels, "managedFields": list(entries)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def patched(spec: dict[str, Any], labels: dict[str, str], *entries: dict[str, Any]) -> dict[str, Any]:
    """What the patch sets, by path; None where it removes."""
    both = obj(spec, labels, *entries)
    return {each["path"]: each.get("value") for each in handed_over(both, both, "helm")}


OLD = {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:replicas": {}, "f:paused": {}}}


def test_what_helm_alone_has_set_and_applies_no_more_goes() -> None:
    new = entry("helm", "Apply", {"f:spec": {"f:replicas": {}}})
    found = patched({"replicas": 1, "paused": True}, {"a": "b"}, entry("helm", "Update", OLD), new)
    assert found == {"/spec": {"replicas": 1}, "/metadata/labels": None}


def test_what_somebody_else_has_set_as_well_stays_and_so_does_what_is_beside_it() -> None:
    hand = entry("edit", "Update", {"f:metadata": {"f:labels": {"f:hand": {}}}, "f:spec": {"f:paused": {}}})
    labels = {"a": "b", "hand": "x"}
    found = patched({"replicas": 1, "paused": True}, labels, entry("helm", "Update", OLD), hand)
    assert found == {"/spec": {"paused": True}, "/metadata/labels": {"hand": "x"}}


def test_items_of_lists_go_by_their_keys_and_values() -> None:
    fields = {
        "f:spec": {
            "f:volumes": {'k:{"name":"a"}': {".": {}, "f:name": {}}, 'k:{"name":"b"}': {".": {}, "f:name": {}}},
            "f:names": {'v:"x"': {}},
        }
    }
    new = entry("helm", "Apply", {"f:spec": {"f:volumes": {'k:{"name":"b"}': {".": {}, "f:name": {}}}}})
    spec = {"volumes": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "names": ["x", "y"]}
    found = patched(spec, {}, entry("helm", "Update", fields), new)
    assert found["/spec"] == {"volumes": [{"name": "b"}, {"name": "c"}], "names": ["y"]}


def test_where_nothing_goes_there_is_nothing_to_patch() -> None:
    new = entry("helm", "Apply", OLD)
    assert patched({"replicas": 1, "paused": True}, {"a": "b"}, entry("helm", "Update", OLD), new) == {}
    assert patched({"replicas": 1}, {}, entry("edit", "Update", OLD)) == {}
    status = entry("helm", "Update", OLD, subresource="status")
    assert patched({"replicas": 1}, {}, status) == {}
