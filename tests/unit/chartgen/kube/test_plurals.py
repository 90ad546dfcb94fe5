"""Kinds are named as the API names them: Kubernetes' own by the reference, others by their definitions, or by guess."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chartgen.kube import shapes
from chartgen.kube.plurals import CLUSTER_SCOPED, Resource, defined, plural, resource
from chartgen.manifests.parsing import as_object
from chartgen.model import KubeObject

CRDS = sorted((Path(__file__).parents[3] / "charts" / "crds").glob("*.yaml"))


def obj(version: str, kind: str, namespace: str = "") -> KubeObject:
    where = {"namespace": namespace} if namespace else {}
    return as_object({"apiVersion": version, "kind": kind, "metadata": {"name": "x", **where}}, "t.yaml")


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [
        ("apps", "Deployment", "deployments"),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
        ("networking.k8s.io", "Ingress", "ingresses"),
        ("", "Endpoints", "endpoints"),
        ("acme.example", "Endpoints", "endpointses"),
    ],
)
def test_a_plural_is_made_as_kubernetes_makes_it(group: str, kind: str, expected: str) -> None:
    assert plural(group, kind) == expected


def test_each_kind_that_belongs_to_the_cluster_is_one_that_kubernetes_has_or_had() -> None:
    listed = {(group, kind) for group, kinds in CLUSTER_SCOPED.items() for kind in kinds.split()}
    assert {each for each in listed if not shapes.root(*each).is_known} == {("policy", "PodSecurityPolicy")}


@pytest.mark.parametrize("file", CRDS, ids=lambda file: file.stem)
def test_the_kinds_that_our_charts_print_are_guessed_as_their_definitions_have_them(file: Path) -> None:
    definition = as_object(yaml.safe_load(file.read_text()), "crd.yaml")
    ((group, kind), known) = next(iter(defined([definition]).items()))
    assert resource(obj(f"{group}/v1", kind)) == known._replace(is_guess=True)


def test_what_a_chart_defines_itself_is_named_by_its_definition() -> None:
    names = {"kind": "Datum", "plural": "data"}
    spec = {"group": "acme.example", "scope": "Cluster", "names": names}
    crd = as_object({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}, "t")
    datum = obj("acme.example/v1", "Datum")
    assert resource(datum, defined([crd])) == Resource("acme.example", "data", namespaced=False)
    assert resource(datum) == Resource("acme.example", "datums", namespaced=True, is_guess=True)


@pytest.mark.parametrize(
    ("kind", "namespace", "is_namespaced"),
    [("ClusterIssuer", "", False), ("GatewayClass", "", False), ("ClusterTest", "web", True), ("Issuer", "", True)],
)
def test_an_unknown_kind_is_of_the_cluster_where_its_name_says_so_and_it_has_no_namespace(
    kind: str, namespace: str, *, is_namespaced: bool
) -> None:
    assert resource(obj("acme.example/v1", kind, namespace)).namespaced is is_namespaced


def test_a_definition_that_is_cut_defines_nothing_that_is_asked_for() -> None:
    crd = as_object({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": None}, "t")
    assert resource(obj("acme.example/v1", "Datum"), defined([crd])).is_guess
