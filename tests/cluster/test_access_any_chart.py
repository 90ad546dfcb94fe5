"""`chartgen access` on a chart that is none of ours: objects of the cluster, Secrets, and rights that it grants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.deployer import FORCE
from tests.cluster.handle import Cluster, Failed
from tests.cluster.waiting import eventually
from tests.files import write

CHART = {
    "own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 0.1.0\n",
    "own/values.yaml": "grants: false\nmore: false\n",
    "own/templates/class.yaml": """
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: "of-{{ .Release.Namespace }}"}
value: 1
""",
    "own/templates/secret.yaml": """
apiVersion: v1
kind: Secret
metadata: {name: own}
stringData: {more: "{{ .Values.more }}"}
""",
    "own/templates/set.yaml": """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: own}
spec:
  replicas: 0
  serviceName: own
  selector: {matchLabels: {app: own}}
  template:
    metadata: {labels: {app: own}}
    spec: {containers: [{name: own, image: none}]}
""",
    "own/templates/role.yaml": """
{{- if .Values.grants }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: own}
rules: [{apiGroups: [""], resources: [persistentvolumeclaims], verbs: [get]}]
{{- end }}
""",
}


@pytest.mark.proves(7, "so it is for any chart: objects of the cluster by name, and no right granted that one has not")
def test_a_chart_with_objects_of_the_cluster_is_deployed_and_grants_nothing_that_its_deployer_has_not(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    configured = Configured(cluster, namespace, tmp_path)
    write(tmp_path, CHART)
    environment = {"namespace": namespace, "context": CONTEXT}
    (tmp_path / "chartgen.yaml").write_text(
        yaml.safe_dump({"charts": {"own": {"path": "own", "environments": {"prod": environment}}}})
    )
    user = f"deployer-of-{namespace}"
    done = configured.run("access", "prod", "--set=grants=true", f"--user={user}")
    assert "the chart grants rights, and may grant none that the deployer has not: Role/own" in done.stderr
    cluster.kubectl("apply", "--server-side", "--filename=-", stdin=done.stdout)
    configured.write_kubeconfig(**{"as": user})
    kubeconfig = yaml.safe_load(configured.kubeconfig.read_text()) | {"current-context": CONTEXT}
    (tmp_path / "own-kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    deployer = replace(cluster, kubeconfig=tmp_path / "own-kubeconfig")
    upgrade = ("upgrade", "--install", "own", str(tmp_path / "own"), *FORCE, "--wait", "--timeout=20s")
    try:
        eventually(lambda: deployer.helm(*upgrade, namespace=namespace), "the Roles hold")
        deployer.helm(*upgrade, "--set=more=true", namespace=namespace)
        deployer.helm("rollback", "own", *FORCE, "--wait", namespace=namespace)
        with pytest.raises(Failed, match="attempting to grant RBAC permissions not currently held"):
            deployer.helm(*upgrade, "--set=grants=true", namespace=namespace)
        with pytest.raises(Failed, match="forbidden"):
            deployer.kubectl("delete", "priorityclass", "system-cluster-critical")
        deployer.helm("uninstall", "own", "--wait", namespace=namespace)
        assert f"of-{namespace}" not in cluster.kubectl("get", "priorityclasses", "--output=name")
    finally:
        name = f"chartgen-deployer-{namespace}-own"
        cluster.kubectl("delete", "clusterrole,clusterrolebinding", name)
        cluster.kubectl("delete", "priorityclass", f"of-{namespace}", "--ignore-not-found")
