"""Which Secrets an object refers to, wherever Kubernetes lets it."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.manifests.parsing import as_object
from chartgen.manifests.secret_references import Reference, made, references
from chartgen.model import KubeObject

SECRET = {"name": "app"}
CREATED = {"name": "app", "create": True}


def obj(kind: str, api: str = "v1", **body: Any) -> KubeObject:
    return as_object({"apiVersion": api, "kind": kind, "metadata": {"name": "x", "namespace": "web"}, **body}, "a.yaml")


def pod(**spec: Any) -> KubeObject:
    return obj("Deployment", "apps/v1", spec={"template": {"spec": spec}})


def container(**fields: Any) -> KubeObject:
    return pod(containers=[fields])


def found(*objects: KubeObject) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(each.secret[1], each.keys, each.is_optional) for each in references(objects)]


REQUIRED_KEY = [{"name": "A", "valueFrom": {"secretKeyRef": {**SECRET, "key": "KEY"}}}]


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
def test_variables_of_all_containers_take_a_key_or_all(kind: str) -> None:
    assert found(pod(**{kind: [{"env": REQUIRED_KEY}]})) == [("app", ("KEY",), False)]
    assert found(pod(**{kind: [{"envFrom": [{"secretRef": SECRET}]}]})) == [("app", (), False)]


def test_what_is_optional_says_so() -> None:
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {**SECRET, "key": "KEY", "optional": True}}}]
    all_of_it = [{"secretRef": {**SECRET, "optional": True}}]
    volume = {"name": "v", "secret": {"secretName": "app", "optional": True}}
    assert found(container(env=env, envFrom=all_of_it), pod(volumes=[volume])) == [
        ("app", ("KEY",), True),
        ("app", (), True),
        ("app", (), True),
    ]


def test_volumes_take_all_or_the_keys_that_they_name() -> None:
    items = [{"key": "a.json", "path": "b"}, {"key": "c", "path": "d"}]
    assert found(pod(volumes=[{"name": "v", "secret": {"secretName": "app"}}])) == [("app", (), False)]
    assert found(pod(volumes=[{"name": "v", "secret": {"secretName": "app", "items": items}}])) == [
        ("app", ("a.json", "c"), False)
    ]
    sources = [{"secret": {**SECRET, "items": items[:1]}}, {"configMap": SECRET}, {"secret": {**SECRET}}]
    assert found(pod(volumes=[{"name": "v", "projected": {"sources": sources}}])) == [
        ("app", ("a.json",), False),
        ("app", (), False),
    ]


def test_a_key_that_is_mounted_alone_is_needed() -> None:
    mounts = [
        {"name": "v", "mountPath": "/a", "subPath": "creds.json"},
        {"name": "other", "mountPath": "/b", "subPath": "no"},
        {"name": "v", "mountPath": "/c", "subPath": "a/b"},
    ]
    volume = {"name": "v", "secret": {"secretName": "app"}}
    assert found(pod(containers=[{"volumeMounts": mounts}], volumes=[volume])) == [("app", ("creds.json",), False)]


def test_volumes_of_other_drivers_and_pull_secrets_name_one() -> None:
    volumes = [
        {"name": "a", "csi": {"driver": "d", "nodePublishSecretRef": SECRET}},
        {"name": "b", "cephfs": {"secretRef": SECRET}},
        {"name": "c", "azureFile": {"secretName": "app"}},
    ]
    assert found(pod(volumes=volumes, imagePullSecrets=[SECRET])) == [("app", (), False)] * 4
    assert found(obj("ServiceAccount", imagePullSecrets=[SECRET])) == [("app", (), False)]


@pytest.mark.parametrize(
    "objects",
    [
        [obj("Ingress", "networking.k8s.io/v1", spec={"tls": [{"secretName": "app"}, {"hosts": ["a"]}]})],
        [
            obj(
                "Gateway",
                "gateway.networking.k8s.io/v1",
                spec={"listeners": [{"tls": {"certificateRefs": [SECRET, {"name": "c", "kind": "Other"}]}}, {}]},
            )
        ],
    ],
)
def test_certificates_are_marked_as_such(objects: list[KubeObject]) -> None:
    assert list(references(objects)) == [Reference(("web", "app"), objects[0].id, is_certificate=True)]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"containers": None, "volumes": "a", "imagePullSecrets": [None, {}]},
        {"containers": [{"env": [{"name": "A", "value": "b"}, 5], "envFrom": [{"configMapRef": SECRET}]}]},
        {"volumes": [{"name": "v", "secret": None}, {"name": "w", "secret": {}}, {"projected": {"sources": None}}]},
    ],
)
def test_what_names_no_secret_refers_to_none(spec: dict[str, Any]) -> None:
    assert found(pod(**spec), obj("Pod"), obj("ConfigMap", data={"secretRef": "app"})) == []


@pytest.mark.parametrize(
    ("kind", "api", "body", "name"),
    [
        ("Secret", "v1", {}, "x"),
        ("Certificate", "cert-manager.io/v1", {"spec": {"secretName": "tls"}}, "tls"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": {"name": "app"}}}, "app"),
        ("ExternalSecret", "external-secrets.io/v1beta1", {"spec": {}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": {"creationPolicy": "Orphan"}}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": {"creationPolicy": None}}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": {"creationPolicy": "CreateOrMerge"}}}, "x"),
        ("SealedSecret", "bitnami.com/v1alpha1", {"spec": {"template": {"metadata": {"name": "app"}}}}, "app"),
        ("SealedSecret", "bitnami.com/v1alpha1", {}, "x"),
        ("SealedSecret", "bitnami.com/v1alpha1", {"spec": {"template": {"metadata": {"name": None}}}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": {"name": ""}}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"spec": {"target": None}}, "x"),
        ("VaultStaticSecret", "secrets.hashicorp.com/v1beta1", {"spec": {"destination": CREATED}}, "app"),
        ("VaultDynamicSecret", "secrets.hashicorp.com/v1beta1", {"spec": {"destination": CREATED}}, "app"),
        ("VaultPKISecret", "secrets.hashicorp.com/v1beta1", {"spec": {"destination": CREATED}}, "app"),
        ("HCPVaultSecretsApp", "secrets.hashicorp.com/v1beta1", {"spec": {"destination": CREATED}}, "app"),
        ("OnePasswordItem", "onepassword.com/v1", {"spec": {"itemPath": "a"}}, "x"),
    ],
)
def test_objects_that_become_a_secret_are_known(kind: str, api: str, body: dict[str, Any], name: str) -> None:
    maker = obj(kind, api, **body)
    assert made([maker, obj("ConfigMap")]) == {("web", name): maker.id}


def test_an_object_may_become_several_secrets() -> None:
    objects = [{"secretName": "app"}, {"secretName": "tls", "data": []}, {"data": []}, "none"]
    maker = obj("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", spec={"secretObjects": objects})
    assert made([maker]) == {("web", "app"): maker.id, ("web", "tls"): maker.id}


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("VaultStaticSecret", "secrets.hashicorp.com/v1beta1", {"destination": {"name": "app"}}),
        ("VaultStaticSecret", "secrets.hashicorp.com/v1beta1", {"destination": CREATED | {"create": False}}),
        ("HCPVaultSecretsApp", "secrets.hashicorp.com/v1beta1", {}),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "app", "creationPolicy": "Merge"}}),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "app", "creationPolicy": "None"}}),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "app", "manifest": {"kind": "ConfigMap"}}}),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "app", "creationPolicy": ["Owner"]}}),
        ("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", {}),
        ("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", {"secretObjects": None}),
        ("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", {"secretObjects": "app"}),
        ("Certificate", "cert-manager.io/v1", {}),
    ],
)
def test_what_only_fills_a_secret_that_is_there_makes_none(kind: str, api: str, spec: dict[str, Any]) -> None:
    assert made([obj(kind, api, spec=spec)]) == {}
