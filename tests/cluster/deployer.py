"""Who deploys an environment with the rights that `chartgen access` prints, and no others; and what deploying takes."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.lifecycles import release
from tests.cluster.waiting import eventually

FORCE = ("--server-side=true", "--force-conflicts")
HASTE = "--timeout=8s"
CREDENTIALS = '{"type": "none"}'
# verbs and what they are of, as `kubectl auth can-i` takes them; {} is the other track's release
OTHERS = (
    "get deployments.apps/{0}",
    "patch deployments.apps/{0}",
    "delete deployments.apps/{0}",
    "patch deployments.apps --subresource=scale",
    "create deployments.apps",
    "update deployments.apps",
    "deletecollection deployments.apps",
    "patch pods/{0}-smoke",
    "create pods",
    "get pods",
    "delete pods",
    "get pods --subresource=log",
    "create pods --subresource=exec",
    "get pods --subresource=exec",
    "create pods --subresource=attach",
    "create pods --subresource=portforward",
    "patch pods --subresource=ephemeralcontainers",
    "create pods --subresource=eviction",
    "get services --subresource=proxy",
    "create serviceaccounts --subresource=token",
    "watch secrets",
    "patch secrets",
    "deletecollection secrets",
    "get secrets --namespace=kube-system",
    "list secrets --all-namespaces",
    "delete leases.coordination.k8s.io/chartgen-{0}",
    "create roles.rbac.authorization.k8s.io",
    "create rolebindings.rbac.authorization.k8s.io",
    "bind clusterroles.rbac.authorization.k8s.io/cluster-admin",
    "escalate roles.rbac.authorization.k8s.io",
    "impersonate users",
    "impersonate serviceaccounts",
    "list namespaces",
    "patch namespaces",
    "delete namespaces",
    "list nodes",
    "patch resourcequotas",
)
# client-go then lists before it watches, as it does where the API server cannot send a list as a watch
NO_WATCH_LIST = ("KUBE_FEATURE_WatchListClient", "false")
SECRETS = {
    "dv-pipecat": ("dv-pipecat-app-secrets", {"OPENAI_API_KEY": "none", "REDIS_URL": "redis://redis"}),
    "gong-webhook": (
        "gong-webhook-secrets",
        dict.fromkeys(["GONG_ACCESS_KEY", "SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PASSWORD"], "none")
        | {"GONG_CLIENT_SECRET": "hs256:for-this-laptop-only-not-for-production"},
    ),
}


class Right(NamedTuple):
    """One verb of one resource of a rule."""

    group: str
    resource: str
    verb: str
    names: tuple[str, ...]

    @property
    def is_of_hooks(self) -> bool:
        return any(name.endswith(("-smoke", "-pods")) for name in self.names)

    @property
    def is_of_objects(self) -> bool:
        """Of what a release is made of."""
        return bool(self.names) and self.resource not in {"secrets", "leases", "namespaces"} and not self.is_of_hooks

    def is_missed_in(self, said: str) -> bool:
        """Whether some program complains of it. Helm only waits in vain for what it cannot find out by ReplicaSets."""
        if self.resource == "replicasets":
            return "status: Unknown" in said
        return bool(re.search(rf'(cannot|may not) {self.verb} (resource "{self.resource}"|{self.resource} in)', said))

    @property
    def spelled(self) -> list[str]:
        """As `kubectl auth can-i` takes it."""
        kind, _, part = self.resource.partition("/")
        what = ".".join(filter(None, (kind, self.group))) + (f"/{self.names[0]}" if self.names else "")
        return [self.verb, what, *([f"--subresource={part}"] if part else [])]


class Deployer:
    """A user whom the manifests bind. `cluster` is the cluster as that user may use it, `release` what it deploys."""

    def __init__(
        self, cluster: Cluster, namespace: str, folder: Path, images: Images, chart: str, environment: str
    ) -> None:
        folder.mkdir()
        self.images = images
        self.admin = cluster
        self.namespace = namespace
        self.chart = chart
        self.environment = environment
        self.user = f"deployer-{secrets.token_hex(4)}"
        self.configured = Configured(cluster, namespace, folder)
        self.configured.write_kubeconfig(**{"as": self.user})
        kubeconfig = yaml.safe_load(self.configured.kubeconfig.read_text())
        (folder / "own").write_text(yaml.safe_dump(kubeconfig | {"current-context": CONTEXT}))
        self.cluster = replace(cluster, kubeconfig=folder / "own")
        self.release = release(self.cluster, namespace, images, chart, environment)
        self.role, *self.others = self.manifests()

    def manifests(self) -> list[dict[str, Any]]:
        """What `chartgen access` prints for this user."""
        command = ("access", self.environment, "-c", self.chart, f"--user={self.user}", "-o", "json")
        items: list[dict[str, Any]] = json.loads(self.configured.printed(*command))["items"]
        return items

    def bind(self) -> None:
        self.admin.apply(self.role, *self.others)
        eventually(lambda: self.may("patch", f"deployments.apps/{self.release.deployment}"), "the Role holds")

    def may(self, *spelled: str) -> bool:
        """Raises KeyError where kubectl does not understand what is asked."""
        asked = ("auth", "can-i", *spelled, f"--as={self.user}")
        return {"yes": True, "no": False}[self.admin.kubectl(*asked, namespace=self.namespace, check=False).strip()]

    def rights(self) -> list[Right]:
        return [
            Right(rule["apiGroups"][0], resource, verb, tuple(rule.get("resourceNames", ())))
            for rule in self.role["rules"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        ]

    def without(self, *lacking: Right) -> None:
        """Takes these rights away, and gives back all others."""
        rules = [_rule(right) for right in self.rights() if right not in lacking]
        self.admin.kubectl("replace", "--filename=-", stdin=json.dumps(self.role | {"rules": rules}))
        for right in lacking:
            eventually(lambda right=right: not self.may(*right.spelled), f"{right} is gone", between=0.05)  # type: ignore[misc]
        kept = next(right for right in reversed(self.rights()) if right not in lacking)
        eventually(lambda: self.may(*kept.spelled), f"{kept} is there", between=0.05)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.cluster.kubectl(*arguments, namespace=self.namespace, stdin=stdin)

    def chartgen(self, *arguments: str, stdin: str = "", **variables: str) -> str:
        """Raises Failed."""
        done = self.configured.run(*arguments, stdin=stdin, **variables)
        if done.returncode:
            raise Failed(done.stderr)
        return done.stdout

    def upgrade(self, *arguments: str, chart_path: Path | None = None) -> str:
        if chart_path is None:
            return self.release.upgrade(*FORCE, "--take-ownership", *arguments)
        command = ("upgrade", self.release.name, str(chart_path), *FORCE, "--wait", *arguments)
        return self.cluster.helm(*command, namespace=self.namespace)

    def rollback(self, *arguments: str) -> str:
        return self.release.rollback(*arguments, *FORCE)

    def remade(self, right: Right) -> str:
        """An upgrade after somebody has deleted an object."""
        name = f"{right.resource}.{right.group}/{right.names[0]}".replace("./", "/")
        self.admin.kubectl("delete", name, namespace=self.namespace)
        return self.upgrade(HASTE)

    def smoke(self) -> str:
        return self.cluster.helm("test", self.release.name, "--logs", "--timeout=1m", namespace=self.namespace)

    def looks(self) -> Mapping[str, Any]:
        """What a deployment would change. Raises Failed where an object could not be looked at."""
        found = json.loads(
            self.chartgen("diff", f"{self.environment}@live", self.environment, "-c", self.chart, "-o", "json")
        )
        (comparison,) = found["comparisons"]
        if unseen := [each for each in comparison["leftOut"] if "may not" in json.dumps(each)]:
            raise Failed(json.dumps(unseen))
        return dict(comparison)

    def gives_secrets(self, *options: str) -> str:
        name, values = SECRETS[self.chart]
        given = ("secrets", "apply", self.environment, "-c", self.chart, f"--from={name}=stdin", *options)
        return self.chartgen(
            *given, stdin=json.dumps(values), PROD_CREDS_JSON=CREDENTIALS, STAGE_CREDS_JSON=CREDENTIALS
        )

    def locks(self) -> None:
        """Takes the lock, renews it in both ways, and gives it back."""
        name = f"chartgen-{self.release.name}"
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}}
        self.kubectl("create", "--filename=-", stdin=json.dumps(lease | {"spec": {"holderIdentity": "me"}}))
        try:
            self.kubectl("get", "lease", name)
            self.kubectl("patch", "lease", name, "--type=merge", '--patch={"spec":{"holderIdentity":"still me"}}')
            self.kubectl("replace", "--filename=-", stdin=json.dumps(lease | {"spec": {}}))
            self.kubectl("delete", "lease", name)
        finally:
            self.admin.kubectl("delete", "lease", name, "--ignore-not-found", namespace=self.namespace)

    def sees(self) -> None:
        self.kubectl("get", "namespace", self.namespace)
        self.kubectl("get", "events")


def _rule(right: Right) -> dict[str, Any]:
    names = {"resourceNames": list(right.names)} if right.names else {}
    return {"apiGroups": [right.group], "resources": [right.resource], "verbs": [right.verb], **names}
