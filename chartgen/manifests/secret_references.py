"""Which Secrets rendered objects refer to, by which keys, and which of them other objects of the render make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from chartgen.manifests.workloads import pod_of
from chartgen.model import ABSENT, NOTHING, KubeObject, ObjectId, Tree
from chartgen.trees import at

VAULT = ("HCPVaultSecretsApp", "VaultDynamicSecret", "VaultPKISecret", "VaultStaticSecret")
"""Kinds of the Vault Secrets Operator, which have a destination."""
CREATING = (None, "Owner", "Orphan", "CreateOrMerge")
"""The policies of an ExternalSecret by which it makes a Secret; the first is what holds where none is named."""
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
Name = tuple[str, str]
"""Of a Secret: its namespace as the object states it, mostly "" for the release's own, and its name."""


class Reference(NamedTuple):
    """What an object wants of a Secret: that it is there, with these `keys`.

    `is_optional`: the object does without. `is_certificate`: who issues certificates is to make it.
    """

    secret: Name
    by: ObjectId
    keys: tuple[str, ...] = ()
    is_optional: bool = False
    is_certificate: bool = False


def references(objects: Iterable[KubeObject]) -> Iterator[Reference]:
    """All of them, in order."""
    for obj in objects:
        pod = pod_of(obj)
        spec = pod.get("spec") if pod else None
        if isinstance(spec, Mapping):
            yield from _of_pod(obj, spec)
        yield from _of_others(obj)


def made(objects: Iterable[KubeObject]) -> dict[Name, ObjectId]:
    """The Secrets that the objects are, or that controllers make of them, each with its object."""
    found: dict[Name, ObjectId] = {}
    for obj in objects:
        maker = MAKERS.get((obj.id.group, obj.id.kind))
        names = maker(obj.body) if maker else ()
        found |= {(obj.id.namespace, str(name)): obj.id for name in names if name and name is not ABSENT}
    return found


def _itself(body: Mapping[str, Tree]) -> Iterator[Tree]:
    yield at(body, ("metadata", "name"))


def _named(body: Mapping[str, Tree], *place: str) -> Iterator[Tree]:
    """By what stands there, else as the object itself."""
    name = at(body, place)
    yield from [name] if name and name is not ABSENT else _itself(body)


def _certificate(body: Mapping[str, Tree]) -> Iterator[Tree]:
    yield at(body, ("spec", "secretName"))


def _sealed(body: Mapping[str, Tree]) -> Iterator[Tree]:
    yield from _named(body, "spec", "template", "metadata", "name")


def _external(body: Mapping[str, Tree]) -> Iterator[Tree]:
    """By other policies it fills one that is there, or none; with a manifest it makes something else.

    https://external-secrets.io/latest/guides/ownership-deletion-policy/
    """
    target = at(body, ("spec", "target"))
    said = target if isinstance(target, Mapping) else NOTHING
    if not said.get("manifest") and said.get("creationPolicy") in CREATING:
        yield from _named(body, "spec", "target", "name")


def _vault(body: Mapping[str, Tree]) -> Iterator[Tree]:
    """Unless it is told to make it, it fills one that is there.

    https://developer.hashicorp.com/vault/docs/platform/k8s/vso/api-reference#destination
    """
    if at(body, ("spec", "destination", "create")) is True:
        yield at(body, ("spec", "destination", "name"))


def _provided(body: Mapping[str, Tree]) -> Iterator[Tree]:
    for each in _mappings(at(body, ("spec", "secretObjects"))):
        yield each.get("secretName")


MAKERS: Mapping[tuple[str, str], Callable[[Mapping[str, Tree]], Iterator[Tree]]] = {
    ("", "Secret"): _itself,
    ("bitnami.com", "SealedSecret"): _sealed,
    ("cert-manager.io", "Certificate"): _certificate,
    ("external-secrets.io", "ExternalSecret"): _external,
    ("onepassword.com", "OnePasswordItem"): _itself,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _provided,
    **dict.fromkeys((("secrets.hashicorp.com", kind) for kind in VAULT), _vault),
}
"""Kinds that become Secrets, by group, with what gives the names of those."""


def _of_pod(obj: KubeObject, spec: Mapping[str, Tree]) -> Iterator[Reference]:
    for container in (each for field in CONTAINERS for each in _mappings(spec.get(field))):
        for variable in _mappings(container.get("env")):
            yield from _reference(obj, at(variable, ("valueFrom", "secretKeyRef")), _key)
        for source in _mappings(container.get("envFrom")):
            yield from _reference(obj, source.get("secretRef"))
    for volume in _mappings(spec.get("volumes")):
        yield from _of_volume(obj, volume, spec)
    for pull in _mappings(spec.get("imagePullSecrets")):
        yield from _reference(obj, pull)


def _of_volume(obj: KubeObject, volume: Mapping[str, Tree], spec: Mapping[str, Tree]) -> Iterator[Reference]:
    secret = volume.get("secret")
    if isinstance(secret, Mapping):
        named = {**secret, "name": secret.get("secretName")}
        yield from _reference(obj, named, lambda found: _items(found) or _mounted(volume, spec))
    for source in _mappings(at(volume, ("projected", "sources"))):
        yield from _reference(obj, source.get("secret"), _items)
    for driver in (each for each in volume.values() if isinstance(each, Mapping)):
        for field in ("secretRef", "nodePublishSecretRef"):
            yield from _reference(obj, driver.get(field))
    azure = volume.get("azureFile")
    yield from _reference(obj, {"name": azure.get("secretName")} if isinstance(azure, Mapping) else None)


def _of_others(obj: KubeObject) -> Iterator[Reference]:
    if obj.id.kind == "ServiceAccount":
        for pull in _mappings(obj.body.get("imagePullSecrets")):
            yield from _reference(obj, pull)
    tls: list[Mapping[str, Tree]] = []
    if obj.id.kind == "Ingress":
        tls = [{"name": each.get("secretName")} for each in _mappings(at(obj.body, ("spec", "tls")))]
    elif obj.id.kind == "Gateway" and obj.id.group == "gateway.networking.k8s.io":
        listeners = _mappings(at(obj.body, ("spec", "listeners")))
        tls = [each for one in listeners for each in _mappings(at(one, ("tls", "certificateRefs")))]
        tls = [each for each in tls if each.get("kind", "Secret") == "Secret" and not each.get("namespace")]
    for each in tls:
        yield from (found._replace(is_certificate=True) for found in _reference(obj, each))


def _reference(
    obj: KubeObject, named: Tree, keys: Callable[[Mapping[str, Tree]], tuple[str, ...]] = lambda _: ()
) -> Iterator[Reference]:
    """Nothing where no Secret is named."""
    if isinstance(named, Mapping) and named.get("name"):
        secret = obj.id.namespace, str(named["name"])
        yield Reference(secret, obj.id, keys(named), is_optional=named.get("optional") is True)


def _key(named: Mapping[str, Tree]) -> tuple[str, ...]:
    return (str(named["key"]),) if named.get("key") else ()


def _items(named: Mapping[str, Tree]) -> tuple[str, ...]:
    return tuple(str(item["key"]) for item in _mappings(named.get("items")) if item.get("key"))


def _mounted(volume: Mapping[str, Tree], spec: Mapping[str, Tree]) -> tuple[str, ...]:
    """The keys that are mounted one by one: without one of them the container does not get the file."""
    containers = [each for field in CONTAINERS for each in _mappings(spec.get(field))]
    mounts = [mount for each in containers for mount in _mappings(each.get("volumeMounts"))]
    paths = (mount.get("subPath") for mount in mounts if mount.get("name") == volume.get("name"))
    return tuple(dict.fromkeys(str(path) for path in paths if path and "/" not in str(path)))


def _mappings(items: Tree) -> list[Mapping[str, Tree]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
