"""What `chartgen access` prints is enough to deploy with, and nothing of it can be left out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chartgen.kube.plurals import CLUSTER_SCOPED, plural
from tests.cluster.configured import CONTEXT, PROGRAM, Configured
from tests.cluster.deployer import HASTE, NO_WATCH_LIST, OTHERS, Deployer, Right
from tests.cluster.handle import Cluster, Failed
from tests.cluster.images import Images
from tests.cluster.lifecycles import CONFIG, EACH, KINDS, prepared, release
from tests.cluster.release import ROOT
from tests.cluster.waiting import eventually

# a minute each; the canary is quick, as its chart prints least
PRODUCTION = [
    pytest.param(chart, environment, marks=[] if (chart, environment) == ("dv-pipecat", "canary") else pytest.mark.slow)
    for chart, environment in EACH
    if environment != "stage"
]
EMPTY = "apiVersion: v2\nname: nothing\nversion: 0.0.0\n"
Deploys = Callable[[str, str], Deployer]


@pytest.fixture
def deploys(cluster: Cluster, namespace: str, images: Images, tmp_path: Path) -> Deploys:
    """Who deploys an environment of a chart, bound, and with what is there before the first deployment."""

    def made(chart: str, environment: str) -> Deployer:
        prepared(cluster, namespace, images, chart, environment)
        found = Deployer(cluster, namespace, tmp_path / environment, images, chart, environment)
        found.bind()
        return found

    return made


@pytest.mark.proves(7, "who has the printed Role installs, upgrades, tests, rolls back, looks for drift, gives Secrets")
@pytest.mark.parametrize(("chart", "environment"), EACH)
def test_a_deployer_can_do_all_that_a_deployment_takes(deploys: Deploys, chart: str, environment: str) -> None:
    deployer = deploys(chart, environment)
    deployer.looks()
    deployer.upgrade()
    deployer.upgrade("--wait=legacy", f"--set={KINDS[chart].changed}")
    deployer.rollback()
    assert "POD LOGS" in deployer.smoke()
    deployer.looks()
    deployer.locks()
    deployer.sees()
    deployer.gives_secrets()
    deployer.chartgen("secrets", "check", environment, "-c", chart)
    assert "uninstalled" in deployer.release.uninstall()


def steps(deployer: Deployer, right: Right) -> Iterator[Callable[[], object]]:
    """What asks for a right, once a release is there."""
    match right:
        case Right(resource="leases"):
            yield deployer.locks
        case Right(resource="namespaces" | "events"):
            yield deployer.sees
        case Right(resource="secrets", verb="patch"):
            yield lambda: deployer.gives_secrets("--dry-run")
        case Right(resource="secrets", verb="get"):
            yield lambda: deployer.rollback(HASTE)
        case Right(resource="secrets", verb="delete"):
            yield deployer.release.uninstall
        case Right(verb="list" | "watch"):
            yield from (lambda: deployer.upgrade(HASTE), deployer.smoke)
        case _ if right.is_of_hooks:
            yield deployer.smoke
        case Right(verb="create", names=(_, *_)):
            yield lambda: deployer.remade(right)
        case _:
            yield lambda: deployer.upgrade(HASTE)


def refusal(deployer: Deployer, right: Right) -> str:
    """What is said to who lacks a right, at the first step that is refused; empty where none is."""
    with pytest.MonkeyPatch.context() as patch:
        if right.verb == "list":
            patch.setenv(*NO_WATCH_LIST)
        for step in steps(deployer, right):
            try:
                step()
            except Failed as error:
                return str(error)
    return ""


def late(right: Right) -> int:
    """What comes after it finds less than there was: an object is deleted, a release pending for good, or not there."""
    if right.resource == "secrets":
        return {"update": 2, "delete": 3}.get(right.verb, 0)
    return int(right.verb == "create" and bool(right.names) and not right.is_of_hooks)


@pytest.mark.proves(7, "without any one verb of the Role a step of a deployment is refused")
@pytest.mark.minutes(2)
@pytest.mark.parametrize(("chart", "environment"), PRODUCTION)
def test_no_verb_of_the_role_can_be_left_out(deploys: Deploys, chart: str, environment: str, tmp_path: Path) -> None:
    deployer = deploys(chart, environment)
    deployer.upgrade()
    deployer.upgrade()
    deleting = [right for right in deployer.rights() if right.is_of_objects and right.verb == "delete"]
    assert deleting
    (tmp_path / "Chart.yaml").write_text(EMPTY)
    deployer.without(*deleting)
    with pytest.raises(Failed) as refused:
        deployer.upgrade(HASTE, chart_path=tmp_path)
    for right in deleting:
        for name in right.names:
            assert re.search(rf'{right.resource}[\w.]* "{name}" is forbidden', str(refused.value)), (right, name)
    deployer.without()
    deployer.upgrade()
    for right in sorted(set(deployer.rights()) - set(deleting), key=lambda right: (late(right), right)):
        deployer.without(right)
        assert right.is_missed_in(refusal(deployer, right)), right


@pytest.mark.proves(7, "but not what is another's: other tracks, namespaces, nodes, rights, and the inside of pods")
def test_a_deployer_can_do_nothing_else(deploys: Deploys) -> None:
    canary, stable = deploys("dv-pipecat", "canary"), deploys("dv-pipecat", "prod")
    stable.upgrade()
    for deployer, other in ((canary, stable), (stable, canary)):
        allowed = [spelled for spelled in OTHERS if deployer.may(*spelled.format(other.release.name).split())]
        assert allowed == []
    for command in (
        "delete deployment dv-pipecat",
        "scale deployment dv-pipecat --replicas=0",
        "set image deployment/dv-pipecat dv-pipecat=another",
        "run pod --image=another",
        "delete namespace {}",
        "label namespace {} pod-security.kubernetes.io/enforce=privileged --overwrite",
        "create role all --verb=* --resource=*",
        "create token dv-pipecat",
        "get secrets --namespace=kube-system",
    ):
        with pytest.raises(Failed, match=r"[Ff]orbidden"):
            canary.kubectl(*command.format(canary.namespace).split())
    with pytest.raises(Failed, match="forbidden"):
        release(canary.cluster, canary.namespace, canary.images, "dv-pipecat", "prod").upgrade("--server-side=true")


@pytest.mark.proves(7, "what Roles cannot keep apart is as the page says: the Secrets of a namespace")
def test_each_track_can_change_the_secrets_of_the_other(deploys: Deploys) -> None:
    canary = deploys("gong-webhook", "canary")
    for verb in ("get", "update", "delete"):
        assert canary.may(verb, "secrets/sh.helm.release.v1.gong-webhook.v1")
    assert not canary.may("patch", "secrets/sh.helm.release.v1.gong-webhook.v1")
    assert not canary.may("watch", "secrets")


def test_a_cluster_that_is_told_by_its_uid_can_be_told_by_the_deployer(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    uid = cluster.kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
    configured = Configured(cluster, namespace, tmp_path, **{"cluster-uid": uid})
    user = f"deployer-of-{namespace}"
    manifests = configured.printed("access", "stage", "-c", "dv-pipecat", f"--user={user}")
    cluster.kubectl("apply", "--server-side", "--filename=-", stdin=manifests)
    try:
        configured.write_kubeconfig(**{"as": user})
        looked = ("diff", "stage@live", "stage", "-c", "dv-pipecat")
        eventually(lambda: configured.run(*looked).returncode == 0, "the Role holds")
        assert not re.search("another|may not", configured.run(*looked).stderr)
    finally:
        name = f"chartgen-deployer-{namespace}-dv-pipecat"
        cluster.kubectl("delete", "role,rolebinding", name, namespace="kube-system")


def test_each_kind_of_the_cluster_is_named_without_asking_it(cluster: Cluster) -> None:
    listed = cluster.kubectl("api-resources", "--no-headers").splitlines()
    found = [(line.split()[0], *line.split()[-3:]) for line in listed]
    own = [(name, version.rpartition("/")[0], scope, kind) for name, version, scope, kind in found]
    kubernetes = [each for each in own if "." not in each[1] or each[1].endswith(".k8s.io")]
    measured = {"metrics.k8s.io"}  # whose kinds are named after what they measure
    wrong = [
        (name, kind)
        for name, group, scope, kind in kubernetes
        if group not in measured
        and (name, scope == "false") != (plural(group, kind), kind in CLUSTER_SCOPED.get(group, "").split())
    ]
    assert wrong == []


@pytest.mark.proves(7, "the page for administrators: its commands for a cluster, as they are written")
def test_the_commands_of_the_page_work_and_its_check_holds(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    variables, *blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "bootstrap.md").read_text(), re.DOTALL)
    stage = CONFIG.charts["dv-pipecat"].environments["stage"]
    assert f"NAMESPACE={stage.namespace}\nCONTEXT={stage.context}\n" in variables
    configured = Configured(cluster, namespace, tmp_path)
    shell = f"{variables}NAMESPACE={namespace} CONTEXT={CONTEXT} DEPLOYER=deployer-of-{namespace}\n"
    environment = {**cluster.environment, "KUBECONFIG": str(configured.kubeconfig)}
    environment["PATH"] = f"{PROGRAM.parent}:{environment['PATH']}"
    said = [
        subprocess.run(
            ["bash", "-o", "pipefail", "-c", shell + block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for block in blocks
        if not re.search(r"\b(gcloud|gh|pulumi) ", block)
    ]
    *done, check = said
    assert [each.stderr for each in done if each.returncode] == []
    uid, *_, kinds, _ = (each.stdout for each in done)
    assert uid.strip() == cluster.kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
    assert "backendconfigs.cloud.google.com" in kinds
    assert check.stdout.split() == ["yes"] * 2 + ["no"] * 7
    labels = json.loads(cluster.kubectl("get", "namespace", namespace, "--output=json"))["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
