"""A cluster as tests see it: its commands, its API, and what it cannot do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from urllib3.exceptions import HTTPError

COMMAND_SECONDS = 120.0
HELM_SECONDS = 600.0
# where the API has the kinds that tests look at
GROUPS = {
    **dict.fromkeys(
        ["configmaps", "events", "nodes", "persistentvolumeclaims", "pods", "resourcequotas", "services"], "api/v1"
    ),
    **dict.fromkeys(["deployments", "replicasets", "statefulsets"], "apis/apps/v1"),
    "customresourcedefinitions": "apis/apiextensions.k8s.io/v1",
    "endpointslices": "apis/discovery.k8s.io/v1",
    "horizontalpodautoscalers": "apis/autoscaling/v2",
    "networkpolicies": "apis/networking.k8s.io/v1",
    "poddisruptionbudgets": "apis/policy/v1",
    "servicemonitors": "apis/monitoring.coreos.com/v1",
}

# helm and kubectl end before their memory matters: they need hardly collect any of it
COLLECTION = {"GOGC": "400"}


class Failed(AssertionError):  # noqa: N818  it says what happened
    """A command that a cluster refused, with its words."""


@dataclass(frozen=True)
class Cluster:
    """`name`: its provider's; `state`: a folder of its own; `path`: PATH, with kubectl and helm first.

    `lacks`: why, by ability: control-plane, network-policy, digests, images, metrics, storage, fake-nodes. Images come
    in through one of two: `registry`, reached by a program that `enter` precedes; or `load`, a command that takes an
    archive's path.
    """

    name: str
    state: Path
    kubeconfig: Path
    path: str
    lacks: Mapping[str, str]
    registry: str = ""
    enter: tuple[str, ...] = ()
    load: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Cluster:
        """From what `written` gave."""
        fields = json.loads(text)
        paths = {name: Path(fields[name]) for name in ("state", "kubeconfig")}
        return cls(**fields | paths | {name: tuple(fields[name]) for name in ("enter", "load")})

    def written(self) -> str:
        return json.dumps(asdict(self), default=str)

    def needs(self, *abilities: str) -> None:
        """Skips the test where the cluster lacks one of them."""
        for ability in abilities:
            if reason := self.lacks.get(ability):
                pytest.skip(lacking(ability, reason))

    @property
    def environment(self) -> dict[str, str]:
        """For any program that is to speak with this cluster and no other."""
        homes = {f"HELM_{kind}_HOME": str(self.state / "helm" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        own = {"PATH": self.path, "KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(self.state / "kubectl")}
        return {**COLLECTION, **_without_proxies(os.environ), **homes, **own}

    def run(self, *command: str, stdin: str = "", timeout: float = COMMAND_SECONDS) -> subprocess.CompletedProcess[str]:
        """Any program; its status is for the caller to judge. Raises Failed where it does not end in time (seconds)."""
        try:
            return subprocess.run(
                command,
                env=self.environment,
                input=stdin,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{' '.join(command)}: no end after {timeout:g} s") from error

    def kubectl(
        self,
        *arguments: str,
        namespace: str = "",
        stdin: str = "",
        check: bool = True,
        timeout: float = COMMAND_SECONDS,
    ) -> str:
        """What it prints. Raises Failed, but with `check` off only where it does not end in time (seconds)."""
        where = ["--namespace", namespace] if namespace else []
        done = self.run("kubectl", *where, *arguments, stdin=stdin, timeout=timeout)
        return _printed(done) if check else done.stdout

    def helm(self, *arguments: str, namespace: str = "", check: bool = True, timeout: float = HELM_SECONDS) -> str:
        """As kubectl does."""
        where = ["--namespace", namespace] if namespace else []
        done = self.run("helm", *arguments, *where, timeout=timeout)
        return _printed(done) if check else done.stdout

    def json(self, kind: str, name: str = "", *, namespace: str = "", selector: str = "", fields: str = "") -> Any:
        """One object, or all of a kind (in the plural) under "items"; a hundredth of what a kubectl costs.

        Raises Failed.
        """
        scope = f"/namespaces/{namespace}" if namespace else ""
        path = f"/{GROUPS[kind]}{scope}/{kind}" + (f"/{name}" if name else "")
        return json.loads(self.get(path, ("labelSelector", selector), ("fieldSelector", fields)))

    def get(self, path: str, *query: tuple[str, str]) -> str:
        """What the API server answers. Raises Failed unless it is a 200."""
        headers = {"Accept": "application/json"}
        asked = self.api.param_serialize(
            "GET", path, query_params=list(query), header_params=headers, auth_settings=["BearerToken"]
        )
        try:
            answer = self.api.call_api(*asked, _request_timeout=COMMAND_SECONDS)
            text: str = answer.read().decode()  # type: ignore[no-untyped-call]
        except HTTPError as error:
            raise Failed(f"GET {path}: {error}") from error
        if answer.status != HTTPStatus.OK:
            raise Failed(f"GET {path}: {answer.status} {answer.reason}: {text.strip()}")
        return text

    def apply(self, *objects: Mapping[str, Any], namespace: str = "") -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.kubectl("apply", "--filename=-", namespace=namespace, stdin=json.dumps(listed))

    @cached_property
    def api(self) -> client.ApiClient:
        configuration = client.Configuration()
        # of the environment; a kubeconfig may name another, which is kept
        configuration.proxy = None
        config.load_kube_config(str(self.kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]
        return client.ApiClient(configuration)


def lacking(ability: str, reason: str) -> str:
    """What a test that is skipped for it says."""
    return f"needs {ability}: {reason}"


def _without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """A proxy for the world outside would be asked for the cluster too."""
    return {name: value for name, value in environment.items() if not name.lower().endswith("_proxy")}


def _printed(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise Failed(f"{' '.join(done.args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
