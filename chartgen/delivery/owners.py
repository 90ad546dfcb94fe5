"""Whose a Secret is that is there already."""

from __future__ import annotations

from collections.abc import Mapping

from chartgen.kube.wellknown import MANAGED_BY, RELEASE_NAME
from chartgen.model import NOTHING, Tree

OPAQUE = "Opaque"
OURS = "chartgen"


def objection(live: Mapping[str, Tree]) -> str:
    """Why its values are not ours to set, "" where they are."""
    metadata = live["metadata"]
    labels, annotations = metadata.get("labels") or NOTHING, metadata.get("annotations") or NOTHING
    owners = metadata.get("ownerReferences")
    if owners:
        return f"belongs to {owners[0].get('kind')}/{owners[0].get('name')}, which sets its values"
    if RELEASE_NAME in annotations:
        return f"belongs to the Helm release {annotations[RELEASE_NAME]}"
    if labels.get(MANAGED_BY, OURS) != OURS:
        return f"belongs to {labels[MANAGED_BY]}, as its label {MANAGED_BY} says"
    if live.get("type", OPAQUE) != OPAQUE:
        return f"is of type {live['type']}, not {OPAQUE}"
    if live.get("immutable"):
        return "is immutable: it can only be deleted and made anew"
    return "is being deleted" if metadata.get("deletionTimestamp") else ""
