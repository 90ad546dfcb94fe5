"""No secret of a release or of a cluster is shown, however it came there."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests import files
from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.handle import Cluster

RELEASED = "Released-S3cret-of-the-chart"
BY_HAND = "By-h4nd-Secret-of-somebody"
IN_ENV = "sk-Env1ronment-of-somebody"
TEMPLATES = {
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n"
    "stringData: {password: {{ .Values.auth.word | quote }}, other: {{ .Values.other | quote }}}\n",
    "configmap.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
    'data: {url: "http://user:{{ .Values.auth.word }}@host", size: {{ .Values.size | quote }}}\n',
    "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 0\n"
    "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n"
    "    spec: {containers: [{name: web, image: 'nowhere.example/x:1', env: [{name: A, value: b}]}]}\n",
}
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": f"auth: {{word: {RELEASED}}}\nother: plain-other-value\nsize: 1\n",
    "values-prod.yaml": "size: 2\n",
    **{f"templates/{name}": text for name, text in TEMPLATES.items()},
}


@pytest.fixture
def here(cluster: Cluster, namespace: str, tmp_path: Path) -> Configured:
    found = Configured(cluster, namespace, tmp_path)
    files.write(tmp_path / "web", CHART)
    environment = {"values": ["values-prod.yaml"], "namespace": namespace, "context": CONTEXT}
    config = {"charts": {"web": {"path": "web", "environments": {"prod": environment}}}}
    (tmp_path / "chartgen.yaml").write_text(json.dumps(config))
    return found


def kubectl(here: Configured, *arguments: str, stdin: str = "") -> None:
    here.cluster.kubectl(*arguments, namespace=here.namespace, stdin=stdin)


@pytest.mark.proves(7, "no secret of a release or of a cluster is shown")
def test_values_of_secrets_are_hidden_on_all_sides_and_in_all_forms(here: Configured) -> None:
    command = ("upgrade", "--install", "web", str(here.folder / "web"), "--server-side=true", "--force-conflicts")
    here.cluster.helm(*command, "--set=size=9", namespace=here.namespace)
    kubectl(here, "patch", "secret", "web", "-p", json.dumps({"stringData": {"password": BY_HAND, "more": BY_HAND}}))
    kubectl(here, "patch", "configmap", "web", "-p", json.dumps({"data": {"url": f"http://user:{BY_HAND}@host"}}))
    kubectl(here, "set", "env", "deployment/web", "A=c", f"API_TOKEN={IN_ENV}")
    kubectl(here, "annotate", "configmap", "web", f"copy={BY_HAND}")
    hidden = [RELEASED, BY_HAND, IN_ENV, "plain-other-value"]
    hidden += [base64.b64encode(value.encode()).decode() for value in hidden]
    sides = ["prod@live", "prod"], ["prod@release", "prod@live"], ["prod@release", "prod"], ["prod", "prod@live"]
    for one in sides:
        for form in (["-o", "json"], ["--by", "object"], [], ["--no-why"], ["--explain-secrets"]):
            done = here.run("diff", *one, *form, "--set=auth.word=Another-S3cret" if one[1] == "prod" else "-q")
            assert (done.returncode, done.stderr) == (0, "")
            assert [value for value in (*hidden, "Another-S3cret") if value in done.stdout] == []
    text = here.printed("diff", "prod@release", "prod@live")
    assert "Secret  data.password  (secret)" in text
    assert "Deployment  …[web].env[A].value  b → c" in text
    assert "Kept, set by kubectl-patch, " in text


@pytest.mark.proves(7, "what the API server would refuse is said without a value")
def test_a_deployment_that_would_be_refused_is_said_to_be(here: Configured) -> None:
    command = ("upgrade", "--install", "web", str(here.folder / "web"), "--server-side=true")
    here.cluster.helm(*command, namespace=here.namespace)
    template = here.folder / "web/templates/deployment.yaml"
    template.write_text(template.read_text().replace("app: web", "app: other"))
    secret = here.folder / "web/templates/secret.yaml"
    secret.write_text(secret.read_text().replace("stringData", "data"))
    files.write(
        here.folder / "web", {"templates/kind.yaml": "apiVersion: no.example/v1\nkind: Lacking\nmetadata: {name: a}\n"}
    )
    done = here.run("diff", "prod@live", "prod", "--exit-code")
    assert (done.returncode, done.stderr) == (1, "")
    refused = "a deployment would be refused: the API server takes it for invalid (spec.selector"
    assert f"as {refused}" in done.stdout
    assert "as the cluster has no kind Lacking in no.example/v1: Lacking/a" in done.stdout
    assert "as a deployment would be refused: the API server refuses it, with status 500: Secret/web" in done.stdout
    assert RELEASED not in done.stdout


OLD = "zq81-Krty-pw55"
DEFAULT = "zq82-Krty-pw66"


@pytest.mark.proves(7, "recorded values that a chart has no more, and its old defaults, stay hidden")
def test_secrets_of_a_chart_that_has_changed_stay_hidden(here: Configured) -> None:
    line = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: line}\ndata: {line: "LINE"}\n'
    web = here.folder / "web"
    text = "a {{ .Values.db.password }} b {{ .Values.more.password }}"
    values = f"{CHART['values.yaml']}db: {{password: ''}}\nmore: {{password: {DEFAULT}}}\n"
    files.write(web, {"templates/line.yaml": line.replace("LINE", text), "values.yaml": values})
    command = ("upgrade", "--install", "web", str(web), "--server-side=true", "--force-conflicts")
    here.cluster.helm(*command, f"--set=db.password={OLD}", namespace=here.namespace)
    schema = '{"properties": {"db": false, "more": false}}'
    files.write(web, {"templates/line.yaml": line.replace("LINE", "none"), "values.yaml": CHART["values.yaml"]})
    for one in ({"values.schema.json": schema}, {"values.schema.json": "{}"}):
        files.write(web, one)
        for sides in (["prod@release", "prod"], ["prod@live", "prod"], ["prod@release:1", "prod@release"]):
            for form in (["-o", "json"], ["--by", "object"], [], ["--no-why"]):
                said = here.printed("diff", *sides, *form)
                assert [value for value in (OLD, DEFAULT) if value in said] == []
        assert "ConfigMap" in here.printed("diff", "prod@live", "prod")


@pytest.mark.proves(7, "what a Secret holds is hidden elsewhere too, though its drift may not be looked at")
def test_a_secret_that_may_be_seen_and_not_patched_hides_its_values(here: Configured) -> None:
    command = ("upgrade", "--install", "web", str(here.folder / "web"), "--server-side=true")
    here.cluster.helm(*command, namespace=here.namespace)
    kubectl(here, "patch", "secret", "web", "-p", json.dumps({"stringData": {"password": BY_HAND}}))
    kubectl(here, "patch", "configmap", "web", "-p", json.dumps({"data": {"size": BY_HAND}}))
    rules = ["--verb=get,list,patch", "--resource=configmaps,deployments.apps"]
    kubectl(here, "create", "role", "most", *rules)
    kubectl(here, "create", "role", "see", "--verb=get,list", "--resource=secrets")
    for role in ("most", "see"):
        kubectl(here, "create", "rolebinding", role, f"--role={role}", "--user=somebody")
    here.write_kubeconfig(**{"as": "somebody"})
    for form in ([], ["-o", "json"]):
        said = here.printed("diff", "prod@live", "prod", *form)
        assert "somebody may not patch secrets" in said
        assert BY_HAND not in said
