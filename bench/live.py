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
SECRET = {f"NAME_{number}": f"value-{number}" for number in range(20)}


def rows() -> Iterator[Row]:
    if reason := local.lacking():
        print(f"live: {reason}")
        return
    with tempfile.TemporaryDirectory() as name, _cluster(Path(name)) as cluster:
        here = Configured(cluster, NAMESPACE, Path(name))
        os.environ.update(here.cluster.environment | {"KUBECONFIG": str(here.kubeconfig)})
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
    timings = interleaved({"ours": ours, "peer": peer}, cwd=here.folder, rounds=ROUNDS)
    note = "helm template | kubectl diff --server-side; no managers, no causes"
    yield Row(f"chartgen diff prod@live prod -c {CHART}, 12 objects", timings["ours"], timings["peer"], note)


def _secrets(here: Configured) -> Row:
    file = here.folder / "values.json"
    file.write_text(json.dumps(SECRET | {"OPENAI_API_KEY": "none", "REDIS_URL": "redis://none"}))
    name = "dv-pipecat-app-secrets"
    literals = " ".join(f"--from-literal={key}={value}" for key, value in SECRET.items())
    context = f"--context={CONTEXT} --namespace={NAMESPACE}"
    make = f"kubectl create secret generic peer {literals} --dry-run=client -o yaml {context}"
    peer = ["bash", "-c", f"{make} | kubectl {context} apply --server-side -f -"]
    apply = f"{CHARTGEN} secrets apply prod -c {CHART} --only {name} --from {name}=stdin < {file}"
    timings = interleaved({"ours": ["bash", "-c", apply], "peer": peer}, cwd=here.folder, rounds=ROUNDS)
    note = "kubectl create --dry-run | kubectl apply --server-side; values in argv"
    return Row("chartgen secrets apply, 20 values, nothing new", timings["ours"], timings["peer"], note)
