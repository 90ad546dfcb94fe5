"""What chartgen says of releases and of a live cluster: it is what happens, and nothing else does."""

from __future__ import annotations

import base64
import gzip
import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.handle import Cluster
from tests.cluster.lifecycles import KINDS
from tests.cluster.release import Release

FORCE = ("--server-side=true", "--force-conflicts")
Places = dict[str, tuple[Any, Any, str | None]]


@pytest.fixture
def here(cluster: Cluster, namespace: str, tmp_path: Path) -> Configured:
    return Configured(cluster, namespace, tmp_path)


def installed(here: Configured, chart: str, *values: str, helm: str = "helm") -> Release:
    """In production, without a pod."""
    found = Release(
        here.cluster, here.namespace, chart, "prod", None, overlay=False, values=(*KINDS[chart].empty, *values)
    )
    command = [helm, "upgrade", "--install", found.name, str(found.path), *found.settings(), "-n", here.namespace]
    done = here.cluster.run(*command, *(FORCE if helm == "helm" else ()))
    assert done.returncode == 0, done.stderr
    return found


def overlay(chart: str) -> list[str]:
    return [f"--set={value}" for value in KINDS[chart].empty]


def places(found: Mapping[str, Any]) -> Places:
    """Of each change, by its object and path: the values, and who made it drift."""
    return {
        f"{next(each for each in change['object'].values() if each)['kind']} {change['path']}": (
            change["before"] and change["before"].get("value"),
            change["after"] and change["after"].get("value"),
            change["drift"] and change["drift"]["manager"],
        )
        for change in found["changes"]
        if not change["equalInMeaning"]
    }


def kubectl(here: Configured, *arguments: str) -> None:
    here.cluster.kubectl(*arguments, namespace=here.namespace)


def edited(here: Configured, kind: str, script: str) -> None:
    """By `kubectl edit`, as by hand; kubectl gives EDITOR to a shell."""
    done = subprocess.run(
        ["kubectl", "edit", kind, "-n", here.namespace],
        env={**here.cluster.environment, "EDITOR": f"sed -i {shlex.quote(script)}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.proves(7, "chartgen says nothing of a release that stands as it was deployed")
@pytest.mark.parametrize("chart", KINDS)
def test_what_is_deployed_and_untouched_does_not_differ(here: Configured, chart: str) -> None:
    installed(here, chart)
    for sides in (["prod@live", "prod", *overlay(chart)], ["prod@release", "prod", *overlay(chart)]):
        found = here.compared(*sides, "-c", chart)
        assert (found["changes"], found["kept"]) == ([], [])
        assert {left["because"] for left in found["leftOut"]} == set()
    assert here.compared("prod@release", "prod@live", "-c", chart)["changes"] == []


@pytest.mark.proves(7, "drift by hand shows with its manager, and nothing else does")
def test_drift_shows_with_its_manager_and_nothing_else_does(here: Configured) -> None:
    installed(here, "gong-webhook", "autoscaling.enabled=true")
    kubectl(here, "scale", "deployment/gong-webhook-worker", "--replicas=2")
    kubectl(here, "set", "image", "deployment/gong-webhook-service", "gong-webhook=elsewhere.example/x:1")
    kubectl(here, "patch", "hpa", "gong-webhook-hpa", "-p", '{"spec":{"maxReplicas":15}}')
    edited(here, "configmap/gong-webhook-config", r's/"2\.5"/"9.5"/')
    found = here.compared("prod@release", "prod@live", "-c", "gong-webhook")
    image = "sophia-ai/gong-webhook-service:0.1.0"
    assert places(found) == {
        "Deployment spec.replicas": (0, 2, "kubectl"),
        "Deployment spec.template.spec.containers[gong-webhook].image": (
            image,
            "elsewhere.example/x:1",
            "kubectl-set",
        ),
        "HorizontalPodAutoscaler spec.maxReplicas": (10, 15, "kubectl-patch"),
        "ConfigMap data.GONG_API_RATE_LIMIT": ("2.5", "9.5", "kubectl-edit"),
    }
    assert found["kept"] == []
    text = here.printed("diff", "prod@live", "prod@release", "-c", "gong-webhook")
    assert "4 places drifted" in text
    assert "drift  by kubectl (scale)" in text


@pytest.mark.proves(7, "what chartgen says that a deployment changes, an upgrade by plain helm changes")
@pytest.mark.parametrize("program", ["helm", "helm3"])
def test_an_upgrade_by_helm_makes_what_was_told(here: Configured, program: str) -> None:
    """From a release of Helm 3, whose fields Helm 4 first makes its own, as well."""
    installed(here, "dv-pipecat", helm=program)
    kubectl(here, "scale", "deployment/dv-pipecat", "--replicas=0")
    kubectl(here, "set", "image", "deployment/dv-pipecat", "dv-pipecat=elsewhere.example/x:1")
    kubectl(here, "set", "env", "deployment/dv-pipecat", "BY_HAND=1")
    kubectl(here, "delete", "serviceaccount", "dv-pipecat")
    values = ("maxSessions=21", "nodeSelector=null", "podDisruptionBudget.enabled=false", "dashboard.labels.more=yes")
    before = standing(here)
    told = here.compared(
        "prod@live", "prod", "-c", "dv-pipecat", *overlay("dv-pipecat"), *(f"--set={one}" for one in values)
    )
    installed(here, "dv-pipecat", *values)
    after = standing(here)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    objects = [change["object"]["after"] or change["object"]["before"] for change in told["changes"]]
    assert changed == {f"{one['kind']}/{one['name']}" for one in objects}
    assert "Deployment spec.template.spec.nodeSelector" in places(told)
    assert places(told)["Deployment spec.template.spec.containers[dv-pipecat].image"][2] == "kubectl-set"
    (kept,) = told["kept"]
    assert (kept["by"]["manager"], kept["paths"][0][-14:]) == ("kubectl-set", "[BY_HAND].name")
    assert "BY_HAND" in json.dumps(after["Deployment/dv-pipecat"])
    now = here.compared(
        "prod@live", "prod", "-c", "dv-pipecat", *overlay("dv-pipecat"), *(f"--set={one}" for one in values)
    )
    assert now["changes"] == []


def standing(here: Configured) -> dict[str, Any]:
    """The release's objects as a plain kubectl shows them, without what the API server says by itself."""
    kinds = "deployments,services,serviceaccounts,configmaps,poddisruptionbudgets,networkpolicies,ingresses"
    kinds += ",backendconfigs,frontendconfigs,managedcertificates,podmonitors,prometheusrules"
    listed = json.loads(here.cluster.kubectl("get", kinds, "--output=json", namespace=here.namespace))
    found = {}
    for each in listed["items"]:
        metadata = {name: each["metadata"].get(name) for name in ("labels", "annotations")}
        if (metadata["labels"] or {}).get("app.kubernetes.io/managed-by") == "Helm":
            (metadata["annotations"] or {}).pop("deployment.kubernetes.io/revision", None)
            body = {name: value for name, value in each.items() if name not in {"metadata", "status"}}
            found[f"{each['kind']}/{each['metadata']['name']}"] = (metadata, body)
    return found


@pytest.mark.proves(7, "where values are known, a change of a release has its cause")
def test_a_release_beside_its_files_has_causes(here: Configured) -> None:
    installed(here, "dv-pipecat", "maxSessions=21")
    installed(here, "dv-pipecat", "maxSessions=22")
    found = here.compared("prod@release", "prod", "-c", "dv-pipecat", *overlay("dv-pipecat"))
    assert {tuple(change["cause"]["keys"]) for change in found["changes"]} == {("maxSessions",)}
    (key,) = [one for one in found["keys"] if one["key"] == "maxSessions"]
    assert (key["before"]["value"], key["before"]["place"]["file"]) == (22, "prod@release:2")
    both = here.compared("prod@release:1", "prod@release", "-c", "dv-pipecat")
    assert {tuple(change["cause"]["keys"]) for change in both["changes"]} == {("maxSessions",)}
    assert (both["before"]["environment"], both["after"]["environment"]) == ("prod@release:1", "prod@release:2")


@pytest.mark.proves(7, "a chart that has changed since a release is named as the cause")
def test_a_chart_that_has_changed_is_the_cause(here: Configured) -> None:
    installed(here, "dv-pipecat")
    (here.folder / "charts").unlink()
    copied = here.cluster.run(
        "cp", "-rL", str(Release(here.cluster, "", "dv-pipecat", "prod", None).path.parent), str(here.folder)
    )
    assert copied.returncode == 0
    template = here.folder / "charts/dv-pipecat/templates/service.yaml"
    template.write_text(template.read_text().replace("{{ .Values.service.port }}", "81"))
    for side in ("prod@release", "prod@live"):
        found = here.compared(side, "prod", "-c", "dv-pipecat", *overlay("dv-pipecat"), "--set=maxSessions=21")
        causes = {change["path"]: change["cause"]["keys"] for change in found["changes"]}
        assert [keys for path, keys in causes.items() if path.startswith("spec.ports")] == [["chart"], ["chart"]]
        assert ["maxSessions"] in causes.values()


@pytest.mark.proves(7, "who may not patch is told that drift was not looked at")
def test_without_the_right_to_patch_drift_is_said_not_to_be_looked_at(here: Configured) -> None:
    installed(here, "dv-pipecat")
    rules = [
        "role", "viewer", "--verb=get,list", "--resource=secrets,deployments.apps,services,serviceaccounts,configmaps",
    ]  # fmt: skip
    kubectl(here, "create", *rules)
    kubectl(here, "create", "rolebinding", "viewer", "--role=viewer", "--user=a-viewer")
    here.write_kubeconfig(**{"as": "a-viewer"})
    command = ["diff", "prod@live", "prod", "-c", "dv-pipecat", *overlay("dv-pipecat"), "--set=maxSessions=21"]
    done = here.run(*command, "--exit-code")
    where = f"in namespace {here.namespace}"
    assert f"as a-viewer may not patch deployments.apps {where}: Deployment/dv-pipecat\n" in done.stdout
    assert f"as a-viewer may not get podmonitors.monitoring.coreos.com {where}: PodMonitor/dv-pipecat\n" in done.stdout
    assert "maxSessions  20 → 21" in done.stdout
    unchanged = here.run(*command[:-1], "--exit-code")
    assert (unchanged.returncode, unchanged.stderr) == (1, "")


@pytest.mark.proves(7, "a record that is cut, a release or context that is not there: a clear error")
def test_what_cannot_be_read_is_said(here: Configured) -> None:
    none = here.run("diff", "prod@release", "prod", "-c", "dv-pipecat")
    assert (none.returncode, none.stdout) == (2, "")
    assert f"no release is called dv-pipecat in namespace {here.namespace}" in none.stderr
    _, hint = none.stderr.strip().split("\n  ")
    for program in ("helm", "helm3"):
        done = here.cluster.run("env", f"KUBECONFIG={here.kubeconfig}", program, *hint.split()[1:])
        assert (hint.split()[0], done.returncode) == ("helm", 0), done.stderr
    assert "12 only in prod" in here.printed("diff", "prod@live", "prod", "-c", "dv-pipecat")
    installed(here, "dv-pipecat")
    missing = here.run("diff", "prod@release:7", "prod", "-c", "dv-pipecat")
    assert "release dv-pipecat has no revision 7\n  there are: 1\n" in missing.stderr
    cut = base64.b64encode(base64.b64encode(gzip.compress(b'{"name": "dv-pipecat"}')[:20])).decode()
    kubectl(here, "patch", "secret", "sh.helm.release.v1.dv-pipecat.v1", "-p", json.dumps({"data": {"release": cut}}))
    for side in ("prod@release", "prod@live"):
        done = here.run("diff", side, "prod", "-c", "dv-pipecat")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Helm's record of revision 1 of dv-pipecat cannot be read" in done.stderr


@pytest.mark.proves(7, "a context that is not there, or leads to another cluster, is refused")
def test_another_cluster_is_refused(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    uid = json.loads(cluster.kubectl("get", "namespace", "kube-system", "--output=json"))["metadata"]["uid"]
    for name, given, status in (("right", uid, 0), ("wrong", uid[::-1], 2)):
        (tmp_path / name).mkdir()
        here = Configured(cluster, namespace, tmp_path / name, **{"cluster-uid": given})
        done = here.run("diff", "prod@live", "prod", "-c", "dv-pipecat")
        assert done.returncode == status
    assert f"the cluster of context {CONTEXT} is another one" in done.stderr
    here.kubeconfig.write_text("{apiVersion: v1, kind: Config}")
    done = here.run("diff", "prod@live", "prod", "-c", "dv-pipecat")
    assert f'context "{CONTEXT}" does not exist' in done.stderr
