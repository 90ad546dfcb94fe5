"""Labels and annotations that have a meaning to Helm and kubectl."""

from __future__ import annotations

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
RESOURCE_POLICY = "helm.sh/resource-policy"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Of client-side `kubectl apply`: all that was applied, values of Secrets too."""
