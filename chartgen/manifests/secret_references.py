"""Which Secrets rendered objects refer to, by which keys, and which of them other objects of the render make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from chartgen.manifests.workloads import pod_of
from chartgen.model import KubeObject, ObjectId, Tree
from chartgen.trees import at

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
MAKERS: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("", "Secret"): (("metadata", "name"),),
    ("bitnami.com", "SealedSecret"): (("spec", "template", "metadata", "name"), ("metadata", "name")),
    ("cert-manager.io", "Certificate"): (("spec", "secretName"),),
    ("external-secrets.io", "ExternalSecret"): (("spec", "target", "name"), ("metadata", "name")),
    ("onepassword.com", "OnePasswordItem"): (("metadata", "name"),),
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): (("spec", "secretObjects", "secretName"),),
    ("secrets.hashicorp.com", "VaultDynamicSecret"): (("spec", "destination", "name"),),
    ("secrets.hashicorp.com", "VaultPKISecret"): (("spec", "destination", "name"),),
    ("secrets.hashicorp.com", "VaultStaticSecret"): (("spec", "destination", "name"),),
}
"""Kinds that become Secrets, and where they say their names, in each item of a list: the first place that does."""
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
        places = MAKERS.get((obj.id.group, obj.id.kind), ())
        names = next((names for path in places if (names := _texts(obj.body, path))), [])
        found |= {(obj.id.namespace, name): obj.id for name in names}
    return found


def _texts(tree: Tree, path: tuple[str, ...]) -> list[str]:
    """What stands at `path`, in each item of a list on the way."""
    if isinstance(tree, list):
        return [text for item in tree for text in _texts(item, path)]
    if path:
        return _texts(tree.get(path[0]), path[1:]) if isinstance(tree, Mapping) else []
    return [str(tree)] if tree else []


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
