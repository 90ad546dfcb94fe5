"""What holds for gong-webhook in every environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.charts.test_gong_webhook import CONTAINER, GUIDE_CONFIG, POD, WEB, at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.charts.conftest import Objects, Render

RUN = {"HOME": "/tmp", "RUN_DIR": "/tmp/gong-webhook"}  # noqa: S108 - in a container
ENVS = ("stage", "prod", "canary", "all")
LABELS = {
    "app",
    "helm.sh/chart",
    *(f"app.kubernetes.io/{key}" for key in ("name", "instance", "version", "component", "part-of", "managed-by")),
}


def pods(objects: Objects) -> Iterator[dict[str, Any]]:
    """Every pod and pod template."""
    for manifest in objects.values():
        if manifest["kind"] in ("Deployment", "StatefulSet"):
            yield manifest["spec"]["template"]
        elif manifest["kind"] == "Pod":
            yield manifest


def selectors(objects: Objects) -> set[str]:
    """The label keys by which anything selects pods."""
    found: set[str] = set()
    for manifest in objects.values():
        selector = manifest.get("spec", {}).get("selector") or manifest.get("spec", {}).get("podSelector") or {}
        found |= (selector.get("matchLabels") or selector).keys()
    return found


def hardened(pod: dict[str, Any]) -> bool:
    spec = pod["spec"]
    containers = [*spec["containers"], *spec.get("initContainers", [])]
    return (
        spec["securityContext"].items()
        >= {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        }.items()
        and all(
            container["securityContext"]
            == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            and {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108 - in a container
            for container in containers
        )
        and any(volume["name"] == "tmp" and "emptyDir" in volume for volume in spec["volumes"])
        and (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
        and spec["serviceAccountName"] != "default"
    )


def start_up_seconds(deployment: Any) -> int:
    probe = at(deployment, f"{CONTAINER}.startupProbe")
    return int(probe["periodSeconds"] * probe["failureThreshold"])


def deployments(objects: Objects) -> list[Any]:
    return [manifest for manifest in objects.values() if manifest["kind"] == "Deployment"]


def longest_end(deployment: Any) -> int:
    """Seconds from the start of a pod's termination to the last answer or row that it owes."""
    hook = at(deployment, f"{CONTAINER}.lifecycle.preStop.exec.command")
    return int(GUIDE_CONFIG["WEBHOOK_TIMEOUT_SECONDS"]) + (int(hook[-1]) if hook else 0)


def variables(container: Any) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container["env"]}


def containers(objects: Objects) -> list[Any]:
    """The containers that run the service's image for longer than a test."""
    specs = [at(tree, POD) for tree in deployments(objects)]
    return [container for spec in specs for container in [*spec["containers"], *spec.get("initContainers", [])]]


EVERYWHERE: list[tuple[Callable[[Objects], Any], Any, str]] = [
    (lambda objects: [key for key, tree in objects.items() if tree["kind"] != "Namespace"
                      and tree["metadata"].get("namespace") != "sophia-ai"], [], "every object names its namespace"),
    (lambda objects: [key for key, tree in objects.items() if not tree["metadata"]["labels"].keys() >= LABELS], [],
     "every object has every label"),
    (lambda objects: {tree["metadata"]["labels"]["app"] for tree in [*objects.values(), *pods(objects)]},
     {"gong-webhook-service"}, "every object and pod answers to -l app=gong-webhook-service"),
    (lambda objects: [tree for tree in objects.values() if tree["kind"] == "Secret"], [], "no Secret is rendered"),
    (lambda objects: [pod["spec"]["containers"][0]["name"] for pod in pods(objects) if not hardened(pod)], [],
     "every pod is restricted"),
    (lambda objects: selectors(objects) - {*WEB, "version"}, set(), "no selector holds what a release changes"),
    (lambda objects: {key for tree in deployments(objects) for key in at(tree, "spec.template.metadata.labels")}
     & {"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"}, set(),
     "no pod label changes with the chart"),
    (lambda objects: all(tree["spec"]["progressDeadlineSeconds"] > at(tree, f"{POD}.terminationGracePeriodSeconds")
                         + start_up_seconds(tree) for tree in deployments(objects)), True,
     "the rollout deadline exceeds grace period and start-up"),
    (lambda objects: all(at(tree, f"{POD}.terminationGracePeriodSeconds") > longest_end(tree)
                         for tree in deployments(objects)), True,
     "a webhook in flight, and a worker's batch, ends within the grace period"),
    (lambda objects: sorted(tree["metadata"]["name"].removesuffix("-canary") for tree in deployments(objects)),
     ["gong-webhook-service", "gong-webhook-worker"], "each track has a web half and a worker half"),
    (lambda objects: len({container["image"] for container in containers(objects)}), 1, "all run the same image"),
    (lambda objects: len({str([container["envFrom"], container["env"]]) for container in containers(objects)}), 1,
     "with the same settings"),
    (lambda objects: [container["name"] for container in containers(objects)
                      if not variables(container).items() >= RUN.items()], [], "and write below /tmp alone"),
    (lambda objects: {variables(container)["RELEASE_TRACK"] for container in containers(objects)}
     == {at(tree, "spec.template.metadata.labels.version") for tree in deployments(objects)}, True,
     "and know their track"),
]  # fmt: skip


@pytest.mark.parametrize("env", ENVS)
@pytest.mark.parametrize(("found", "expected"), [pytest.param(*row[:-1], id=row[-1]) for row in EVERYWHERE])
def test_fact_in_every_environment(render: Render, env: str, found: Callable[[Objects], Any], expected: Any) -> None:
    assert found(render("gong-webhook", env)) == expected
