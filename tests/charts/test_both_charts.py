"""What holds for every object that either chart renders, in every environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.charts import netpol
from tests.charts.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.charts.conftest import Objects, Render

PLACES = [(chart, env) for chart, environments in ENVIRONMENTS.items() for env in environments]
LABELS = {
    "helm.sh/chart",
    *(f"app.kubernetes.io/{key}" for key in ("name", "instance", "version", "component", "part-of", "managed-by")),
}
# a new release changes these; on a pod template they would roll every pod, in a selector they could not change at all
MOVING = {"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"}

everywhere = pytest.mark.parametrize(("chart", "env"), PLACES)
each_chart = pytest.mark.parametrize("chart", list(ENVIRONMENTS))


def pod_templates(objects: Objects) -> Iterator[tuple[str, Any]]:
    """The pods of an environment, each with the metadata and spec that it will have."""
    for name, found in objects.items():
        if found["kind"] == "Pod":
            yield name, found
        elif found["kind"] in {"Deployment", "StatefulSet"}:
            yield name, found["spec"]["template"]


def is_hook(found: Any) -> bool:
    return "helm.sh/hook" in found["metadata"].get("annotations", {})


def is_custom(found: Any) -> bool:
    group = found["apiVersion"].rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def label_selector(found: Any) -> Any:
    """How an object selects pods, or a ServiceMonitor Services; empty when it selects none."""
    spec = found.get("spec", {})
    if found["kind"] == "Service":
        return {"matchLabels": spec["selector"]}
    return spec.get("selector") or spec.get("podSelector") or {}


def selector(found: Any) -> dict[str, str]:
    return dict(label_selector(found).get("matchLabels", {}))


def selects(found: Any, pod: Any) -> bool:
    wanted = label_selector(found)
    return bool(wanted) and netpol.selects(wanted, pod["metadata"]["labels"])


def deployments(objects: Objects) -> list[Any]:
    return [found for found in objects.values() if found["kind"] == "Deployment"]


@everywhere
def test_every_pod_is_restricted(chart: str, env: str, render: Render) -> None:
    for _, pod in pod_templates(render(chart, env)):
        spec = pod["spec"]
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert (context["runAsUser"], context["runAsGroup"]) == (1000, 1000)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        for container in spec["containers"] + spec.get("initContainers", []):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


@everywhere
def test_every_container_can_write_to_tmp_and_has_bounds(chart: str, env: str, render: Render) -> None:
    for name, pod in pod_templates(render(chart, env)):
        empty = {volume["name"] for volume in pod["spec"].get("volumes", []) if "emptyDir" in volume}
        for container in pod["spec"]["containers"] + pod["spec"].get("initContainers", []):
            for bounds in ("requests", "limits"):
                assert container["resources"][bounds].keys() >= {"cpu", "memory"}
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert mounts.get("/tmp") in empty or "redis" in name  # noqa: S108


@everywhere
def test_a_deployments_pods_run_under_a_service_account_of_their_own(chart: str, env: str, render: Render) -> None:
    objects = render(chart, env)
    accounts = [name for name in objects if name.startswith("ServiceAccount/")]
    used = {
        f"ServiceAccount/{pod['spec']['serviceAccountName']}"
        for name, pod in pod_templates(objects)
        if name.startswith("Deployment/")
    }
    assert used <= set(accounts or render(chart, "prod"))


@everywhere
def test_every_object_carries_the_common_labels(chart: str, env: str, render: Render) -> None:
    for name, found in render(chart, env).items():
        assert found["metadata"]["labels"].keys() >= LABELS, name


@everywhere
def test_pods_carry_no_label_that_a_new_release_changes(chart: str, env: str, render: Render) -> None:
    for name, pod in pod_templates(render(chart, env)):
        assert name.startswith("Pod/") or not pod["metadata"]["labels"].keys() & MOVING


@everywhere
def test_selectors_hold_nothing_that_can_change(chart: str, env: str, render: Render) -> None:
    stable = {"app.kubernetes.io/name", "app.kubernetes.io/component", "version"}
    for name, found in render(chart, env).items():
        assert selector(found).keys() <= stable, name


@everywhere
def test_a_deployment_selects_its_own_pods_with_their_track(chart: str, env: str, render: Render) -> None:
    for found in deployments(render(chart, env)):
        assert selects(found, found["spec"]["template"])
        assert selector(found)["version"] == ("canary" if env == "canary" else "stable")


@each_chart
def test_no_deployment_of_either_track_selects_the_pods_of_another(chart: str, render: Render) -> None:
    both = deployments(render(chart, "prod")) + deployments(render(chart, "canary"))
    assert len(both) in {2, 4}
    for found in both:
        assert [other for other in both if selects(found, other["spec"]["template"])] == [found]


@each_chart
def test_what_stable_owns_covers_the_pods_of_both_tracks(chart: str, render: Render) -> None:
    production = render(chart, "prod")
    shared = [found for found in production.values() if selector(found) and found["kind"] != "Deployment"]
    assert {"Service", "NetworkPolicy", "PodDisruptionBudget"} <= {found["kind"] for found in shared}
    for found in (found for found in shared if found["kind"] != "ServiceMonitor"):
        stable, canary = (
            [pod for pod in deployments(render(chart, env)) if selects(found, pod["spec"]["template"])]
            for env in ("prod", "canary")
        )
        assert len(stable) == len(canary) > 0, found["metadata"]["name"]


@everywhere
def test_nothing_but_the_network_policy_selects_a_smoke_pod(chart: str, env: str, render: Render) -> None:
    hooks = [found for found in render(chart, env).values() if found["kind"] == "Pod"]
    assert hooks
    everything = [*render(chart, "prod").values(), *render(chart, "canary").values(), *render(chart, env).values()]
    for pod in hooks:
        assert not [found["kind"] for found in everything if found["kind"] != "NetworkPolicy" and selects(found, pod)]
        assert "version" not in pod["metadata"]["labels"]


@everywhere
def test_a_smoke_test_is_a_hook_that_leaves_nothing_behind(chart: str, env: str, render: Render) -> None:
    for found in render(chart, env).values():
        if is_hook(found):
            assert found["metadata"]["annotations"]["helm.sh/hook"] == "test"
            policy = found["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
            assert policy == "before-hook-creation,hook-succeeded"


@everywhere
def test_no_service_is_called_like_a_smoke_pod_to_which_that_name_is_its_own_address(
    chart: str, env: str, render: Render
) -> None:
    objects = render(chart, env)
    assert not [name for name in objects if name.startswith("Pod/") and name.replace("Pod/", "Service/") in objects]


@each_chart
def test_the_canary_is_a_deployment_for_each_of_stables_and_nothing_else(chart: str, render: Render) -> None:
    canary = [name for name, found in render(chart, "canary").items() if not is_hook(found)]
    stable = [f"Deployment/{found['metadata']['name']}-canary" for found in deployments(render(chart, "prod"))]
    assert sorted(canary) == sorted(stable)


@everywhere
def test_a_rollout_may_take_as_long_as_a_pod_needs_to_go_and_another_to_come(
    chart: str, env: str, render: Render
) -> None:
    for spec in (found["spec"] for found in deployments(render(chart, env))):
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        start_up = sum(
            probe.get("initialDelaySeconds", 0) + probe["periodSeconds"] * probe.get("failureThreshold", 3)
            for kind in ("startupProbe", "readinessProbe")
            if (probe := container.get(kind))
        )
        assert spec["progressDeadlineSeconds"] > pod["terminationGracePeriodSeconds"] + start_up


@everywhere
def test_pods_spread_softly_over_zones_and_hosts_by_revision(chart: str, env: str, render: Render) -> None:
    for name, pod in pod_templates(render(chart, env)):
        if name.startswith("Deployment/"):
            spread = pod["spec"]["topologySpreadConstraints"]
            assert {each["topologyKey"] for each in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
            for each in spread:
                assert each["whenUnsatisfiable"] == "ScheduleAnyway"
                assert each["matchLabelKeys"] == ["pod-template-hash"]


@everywhere
def test_the_pod_count_is_set_exactly_when_no_autoscaler_owns_it(chart: str, env: str, render: Render) -> None:
    objects = render(chart, env)
    owned = {
        found["spec"]["scaleTargetRef"]["name"]
        for found in objects.values()
        if found["kind"] == "HorizontalPodAutoscaler"
    }
    for found in deployments(objects):
        assert ("replicas" in found["spec"]) is (found["metadata"]["name"] not in owned)


@everywhere
def test_a_disruption_budget_lets_broken_pods_go(chart: str, env: str, render: Render) -> None:
    for found in render(chart, env).values():
        if found["kind"] == "PodDisruptionBudget":
            assert found["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@everywhere
def test_no_chart_holds_a_secret(chart: str, env: str, render: Render) -> None:
    assert not [name for name in render(chart, env) if name.startswith("Secret/")]


@each_chart
def test_every_custom_resource_of_a_chart_comes_with_production(chart: str, render: Render) -> None:
    production, everything = (
        {found["kind"] for found in render(chart, env).values() if is_custom(found)} for env in ("prod", "all")
    )
    assert "PrometheusRule" in production
    assert production == everything
