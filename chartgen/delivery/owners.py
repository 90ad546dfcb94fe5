"""Whose a Secret is that is there already."""

from __future__ import annotations

from collections.abc import Mapping

from chartgen.kube.wellknown import MANAGED_BY, RELEASE_NAME
from chartgen.model import NOTHING, Tree

OPAQUE = "Opaque"
OURS = "chartgen"
MARKS = {
    "reconcile.external-secrets.io/managed": "external-secrets",
    "reconcile.external-secrets.io/data-hash": "external-secrets",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "reflector.v1.k8s.emberstack.com/reflects": "reflector",
    "replicator.v1.mittwald.de/replicated-from": "replicator",
    "sealedsecrets.bitnami.com/managed": "sealed-secrets",
    "cert-manager.io/certificate-name": "cert-manager",
}
"""Labels and annotations of programs that set what a Secret holds, and would set it again."""


def objection(live: Mapping[str, Tree]) -> str:
    """Why its values are not ours to set, "" where they are."""
    metadata = live["metadata"]
    labels, annotations = metadata.get("labels") or NOTHING, metadata.get("annotations") or NOTHING
    marked = next((mark for mark in MARKS if mark in labels or mark in annotations), "")
    owner = next(iter(metadata.get("ownerReferences") or ()), NOTHING)
    objections = {
        f"belongs to {owner.get('kind')}/{owner.get('name')}, which sets its values": bool(owner),
        f"belongs to the Helm release {annotations.get(RELEASE_NAME)}": RELEASE_NAME in annotations,
        f"is set by {MARKS.get(marked)}, as {marked} says": bool(marked),
        f"belongs to {labels.get(MANAGED_BY)}, as its label {MANAGED_BY} says": labels.get(MANAGED_BY, OURS) != OURS,
        f"is of type {live.get('type')}, not {OPAQUE}": live.get("type", OPAQUE) != OPAQUE,
        "is immutable: it can only be deleted and made anew": bool(live.get("immutable")),
        "is being deleted": bool(metadata.get("deletionTimestamp")),
    }
    return next((words for words, is_so in objections.items() if is_so), "")
