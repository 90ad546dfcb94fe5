"""What chartgen says of a live cluster holds for all charts: an upgrade by plain helm does that and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import files
from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.handle import Cluster

FORCE = ("--server-side=true", "--force-conflicts")
KINDS = "configmaps,deployments,services,serviceaccounts"
CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"


@pytest.fixture
def here(cluster: Cluster, namespace: str, tmp_path: Path) -> Configured:
    found = Configured(cluster, namespace, tmp_path)
    environments = {"prod": {"namespace": namespace, "context": CONTEXT}}
    environments["other"] = {**environments["prod"], "release": "other"}
    (tmp_path / "chartgen.yaml").write_text(
        json.dumps({"charts": {"web": {"path": "web", "environments": environments}}})
    )
    files.write(tmp_path / "web", {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n", "values.yaml": "{}\n"})
    return found


def template(here: Configured, name: str, text: str) -> None:
    files.write(here.folder / "web/templates", {f"{name}.yaml": text})


def deploy(here: Configured, *options: str, program: str = "helm", release: str = "web") -> str:
    """How it ended, "" where it went well."""
    force = FORCE if program == "helm" else ()
    command = [program, "upgrade", "--install", release, str(here.folder / "web"), "-n", here.namespace, *force]
    done = here.cluster.run(*command, *options)
    return done.stderr if done.returncode else ""


def standing(here: Configured) -> dict[str, Any]:
    """As a plain kubectl shows it."""
    listed = json.loads(here.cluster.kubectl("get", KINDS, "--output=json", namespace=here.namespace))["items"]
    found = {}
    for each in listed:
        own = {"labels": each["metadata"].get("labels") or {}, "annotations": each["metadata"].get("annotations") or {}}
        own["annotations"].pop("deployment.kubernetes.io/revision", None)
        body = {name: value for name, value in each.items() if name not in {"metadata", "status"}}
        found[f"{each['kind']}/{each['metadata']['name']}"] = {**body, **own}
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def told(found: Any) -> set[str]:
    objects = [change["object"]["after"] or change["object"]["before"] for change in found["changes"]]
    return {f"{each['kind']}/{each['name']}" for each in objects}


def kubectl(here: Configured, *arguments: str) -> None:
    here.cluster.kubectl(*arguments, namespace=here.namespace)


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {k: v}, annotations: {q: v}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {no: where}
      volumes: [{name: v, emptyDir: {}}, {name: w, emptyDir: {}}]
      containers: [{name: web, image: "nowhere.example/x:1"}]
"""


@pytest.mark.proves(7, "what Helm 4 drops of a release of Helm 3 is told, whoever holds what stands beside it")
def test_what_goes_of_a_release_of_helm_3_is_told(here: Configured) -> None:
    template(here, "web", DEPLOYMENT)
    template(here, "cm", CONFIGMAP.replace("NAME", "cm") + "data: {a: b, c: d}\n")
    deploy(here, program="helm3")
    kubectl(here, "label", "deployment/web", "hand=x")
    kubectl(here, "patch", "configmap", "cm", "-p", '{"data": {"hand": "x"}}')
    text = DEPLOYMENT.replace(", labels: {k: v}, annotations: {q: v}", "").replace("  replicas: 3\n", "")
    template(
        here, "web", text.replace("[{name: v, emptyDir: {}}, {name: w, emptyDir: {}}]", "[{name: w, emptyDir: {}}]")
    )
    template(here, "cm", CONFIGMAP.replace("NAME", "cm"))
    found, before = here.compared("prod@live", "prod"), standing(here)
    assert deploy(here) == ""
    after = standing(here)
    assert told(found) == changed(before, after) == {"Deployment/web", "ConfigMap/cm"}
    paths = {change["path"]: change["after"] for change in found["changes"]}
    assert paths["spec.replicas"] == {"value": after["Deployment/web"]["spec"]["replicas"]}
    assert {"metadata.labels.k", "metadata.annotations.q", "data.a", "data.c"} <= paths.keys()
    assert not {path for path in paths if "hand" in path}
    assert (after["ConfigMap/cm"]["data"], after["Deployment/web"]["labels"]["hand"]) == ({"hand": "x"}, "x")
    assert here.compared("prod@live", "prod")["changes"] == []


@pytest.mark.proves(7, "what is kept, deleted and taken over is what Helm keeps, deletes and takes over")
def test_what_is_deleted_kept_and_taken_over(here: Configured) -> None:
    for name in ("kept", "gone", "named"):
        template(here, name, CONFIGMAP.replace("NAME", name))
    deploy(here)
    kubectl(here, "annotate", "configmap", "kept", "helm.sh/resource-policy=keep")
    kubectl(here, "create", "configmap", "another")
    for name in ("kept", "gone"):
        (here.folder / f"web/templates/{name}.yaml").unlink()
    template(here, "named", CONFIGMAP.replace("NAME", f"named, namespace: {here.namespace}"))
    found, before = here.compared("prod@live", "prod"), standing(here)
    assert deploy(here) == ""
    assert told(found) == changed(before, standing(here)) == {"ConfigMap/gone"}
    template(here, "another", CONFIGMAP.replace("NAME", "another"))
    found = here.compared("prod@live", "prod")
    assert found["notes"] == [
        "ConfigMap/another is there and of no release of this name: Helm refuses it without --take-ownership"
    ]
    assert "cannot be imported into the current release" in deploy(here)


@pytest.mark.proves(7, "templates see the cluster and the revision, in subcharts too; what they look up is said")
def test_templates_see_what_they_see_in_a_deployment(here: Configured) -> None:
    text = "data: {v: {{ .Capabilities.KubeVersion.Version | quote }}}\n"
    files.write(
        here.folder / "web/charts/sub",
        {
            "Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
            "templates/cm.yaml": CONFIGMAP.replace("NAME", "sub") + text,
            "templates/up.yaml": "{{ if .Release.IsUpgrade }}\n" + CONFIGMAP.replace("NAME", "up") + "{{ end }}\n",
        },
    )
    deploy(here)
    deploy(here)
    found = here.compared("prod@live", "prod")
    assert (found["changes"], found["notes"]) == ([], [])
    (here.folder / "web/charts/sub/templates/cm.yaml").unlink()
    template(here, "r", CONFIGMAP.replace("NAME", "r") + "data: {r: {{ .Release.Revision | quote }}}\n")
    deploy(here)
    found = here.compared("prod@live", "prod")
    changes = {change["path"]: (change["after"]["value"], change["cause"]["keys"]) for change in found["changes"]}
    assert changes == {"data.r": ("4", ["revision"])}
    template(
        here, "seen", CONFIGMAP.replace("NAME", "seen") + 'data: {s: {{ lookup "v1" "Pod" "" "" | len | quote }}}\n'
    )
    assert "Templates call `lookup`" in here.compared("prod@live", "prod")["notes"][0]


@pytest.mark.proves(7, "a chart that has changed is the cause, whatever release, revision and version it has")
def test_a_chart_that_has_changed_is_the_cause_between_releases_too(here: Configured) -> None:
    text = CONFIGMAP.replace("NAME", "{{ .Release.Name }}-cm") + "data: {size: {{ .Values.size | quote }}}\n"
    template(here, "cm", text)
    deploy(here, "--set=size=1")
    deploy(here, "--set=size=1", release="other")
    template(here, "cm", text.replace("{size:", "{more: x, size:"))
    deploy(here, "--set=size=2")
    for sides in (["prod@release:1", "prod@release:2"], ["other@release", "prod"], ["prod", "other@release"]):
        over = ["--set=size=2"] if sides[1] == "prod" else []
        found = here.compared(*sides, *over)
        causes = {change["path"]: change["cause"]["keys"] for change in found["changes"]}
        assert causes["data.more"] == ["chart"], sides
    kubectl(here, "delete", "configmap", "web-cm")
    found = here.compared("prod@live", "prod", "--set=size=3")
    assert [(change["cause"], change["drift"]["manager"]) for change in found["changes"]] == [(None, None)]


@pytest.mark.proves(7, "what cannot be asked of one object is said of it, and the others are looked at all the same")
def test_one_object_that_cannot_be_asked_about_hides_no_other(here: Configured) -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  suspend: true\n  template:\n    spec:\n"
    job += '      restartPolicy: Never\n      containers: [{name: j, image: "nowhere.example/x:TAG"}]\n'
    template(here, "job", job.replace("TAG", "1"))
    template(here, "cm", CONFIGMAP.replace("NAME", "cm") + "data: {a: b}\n")
    deploy(here)
    template(here, "job", job.replace("TAG", "2"))
    template(here, "cm", CONFIGMAP.replace("NAME", "cm") + "data: {a: c}\n")
    found = here.compared("prod@live", "prod")
    assert [left["object"]["name"] for left in found["leftOut"]] == ["j"]
    assert "a deployment would be refused: the API server takes it for invalid" in found["leftOut"][0]["because"]
    assert "ConfigMap/cm" in told(found)
    # made anew by hand as the chart has it now: what was released is refused, and what is to be is not
    kubectl(here, "delete", "job", "j")
    here.cluster.kubectl("apply", "--filename=-", namespace=here.namespace, stdin=job.replace("TAG", "2"))
    found = here.compared("prod@live", "prod")
    assert found["leftOut"] == []
    assert "What of Job/j is drift is not known" in found["notes"][0]
    files.write(
        here.folder / "web/templates", {"odd.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 'a b?é'}\n"}
    )
    (left,) = here.compared("prod@live", "prod")["leftOut"]
    assert left["object"]["name"] == "a b?é"
