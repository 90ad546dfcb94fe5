"""What a deployment would change, and a Secret that is applied: on a real cluster, beside what one types today."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Row, interleaved
from bench.peers import CHARTGEN, ROOT
from tests.cluster import definitions, local
from tests.cluster.configured import CONTEXT, Configured
from tests.cluster.handle import Cluster
from tests.cluster.lifecycles import KINDS
from tests.cluster.providers.local import Local
from tests.cluster.release import Release

ROUNDS = 15
NAMESPACE = "bench"
CHART = "dv-pipecat"
TOOLS = ROOT / ".tools"
FIELDS = "--server-side --force-conflicts --field-manager=helm"
SECRET = {f"NAME_{number}": f"value-{number}" for number in range(20)} | {"OPENAI_API_KEY": "none", "REDIS_URL": "none"}
CREDENTIALS = '{"type": "service_account"}'


def rows() -> Iterator[Row]:
    if reason := local.lacking():
        print(f"live: {reason}")
        return
    with tempfile.TemporaryDirectory() as name, _cluster(Path(name)) as cluster:
        here = Configured(cluster, NAMESPACE, Path(name))
        yield from _diffs(here)
        yield _secrets(here)


@contextmanager
def _cluster(folder: Path) -> Iterator[Cluster]:
    path = os.pathsep.join([str(TOOLS / "cluster" / "bin"), str(TOOLS / "bin"), os.environ["PATH"]])
    provider = Local(TOOLS, path, print)
    cluster = provider.up(folder / "bench-live", nodes=1)
    try:
        definitions.install(cluster)
        cluster.kubectl("create", "namespace", NAMESPACE)
        yield cluster
    finally:
        provider.down(cluster.state)


def _diffs(here: Configured) -> Iterator[Row]:
    release = Release(here.cluster, NAMESPACE, CHART, "prod", None, overlay=False, values=KINDS[CHART].empty)
    release.upgrade("--server-side=true")
    here.cluster.kubectl("set", "env", f"deployment/{CHART}", "LOGGER_NAME=by-hand", namespace=NAMESPACE)
    over = [f"--set={value}" for value in (*KINDS[CHART].empty, "maxSessions=21")]
    context = f"--context={CONTEXT} --namespace={NAMESPACE}"
    settings = " ".join([*release.settings(), "--set=maxSessions=21"])
    rendered = f"helm template {release.name} {release.path} --namespace {NAMESPACE} --no-hooks {settings}"
    # it says that something differs, as Helm's labels are not in the templates
    peer = ["bash", "-c", f"{rendered} | kubectl {context} diff {FIELDS} -f - || test $? = 1"]
    ours = [CHARTGEN, "diff", "prod@live", "prod", "-c", CHART, *over]
    timings = interleaved({"ours": [*_with(here), *ours], "peer": [*_with(here), *peer]}, here.folder, ROUNDS)
    note = "helm template | kubectl diff --server-side; no managers, no causes"
    yield Row(f"chartgen diff prod@live prod -c {CHART}, 12 objects", timings["ours"], timings["peer"], note)


def _secrets(here: Configured) -> Row:
    given = [*_with(here), f"PROD_SECRETS_JSON={json.dumps(SECRET)}", f"PROD_CREDS_JSON={CREDENTIALS}"]
    context = f"--context={CONTEXT} --namespace={NAMESPACE}"
    literals = " ".join(f"--from-literal={key}={value}" for key, value in SECRET.items())
    lines = [
        f"{make} --dry-run=client -o yaml {context} | kubectl {context} apply --server-side -f -"
        for make in (
            f"kubectl create secret generic peer {literals}",
            'kubectl create secret generic peer-file --from-file=creds.json=<(printf %s "$PROD_CREDS_JSON")',
        )
    ]
    ours = [*given, CHARTGEN, "secrets", "apply", "prod", "-c", CHART]
    timings = interleaved({"ours": ours, "peer": [*given, "bash", "-c", "; ".join(lines)]}, here.folder, ROUNDS)
    note = "kubectl create --dry-run | kubectl apply --server-side; values in argv"
    return Row("chartgen secrets apply, 2 Secrets, nothing new", timings["ours"], timings["peer"], note)


def _with(here: Configured) -> list[str]:
    """What a program is given that speaks with the cluster."""
    variables = here.cluster.environment | {"KUBECONFIG": str(here.kubeconfig)}
    return ["env", *(f"{name}={variables[name]}" for name in ("PATH", "KUBECONFIG", "KUBECACHEDIR"))]
