"""A Secret is ours to set unless somebody else's mark is on it."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.delivery.owners import objection


def secret(metadata: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "app", **(metadata or {})}, "type": "Opaque", **fields}


@pytest.mark.parametrize(
    "metadata", [{}, {"labels": {"app.kubernetes.io/managed-by": "chartgen", "team": "a"}}, {"annotations": None}]
)
def test_what_nobody_claims_or_we_have_made_is_ours(metadata: dict[str, Any]) -> None:
    assert objection(secret(metadata)) == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (secret({"ownerReferences": [{"kind": "SealedSecret", "name": "a"}]}), "belongs to SealedSecret/a"),
        (secret({"annotations": {"meta.helm.sh/release-name": "web"}}), "belongs to the Helm release web"),
        (secret({"labels": {"app.kubernetes.io/managed-by": "argocd"}}), "belongs to argocd"),
        (secret({"labels": {"reconcile.external-secrets.io/managed": "true"}}), "is set by external-secrets, as "),
        (secret({"annotations": {"argocd.argoproj.io/tracking-id": "a"}}), "is set by Argo CD, as argocd.argoproj.io/"),
        (secret(type="kubernetes.io/tls"), "is of type kubernetes.io/tls, not Opaque"),
        (secret(immutable=True), "is immutable"),
        (secret({"deletionTimestamp": "2026-01-01T00:00:00Z"}), "is being deleted"),
    ],
)
def test_what_is_somebody_elses_or_cannot_be_set_says_so(found: dict[str, Any], words: str) -> None:
    assert words in objection(found)
