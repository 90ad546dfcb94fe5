"""tools/prove tells causes that hold from those that do not, with a helm of its own, and gives no secret away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.files import write
from tools.prove.helm import Helm, ProveError, find
from tools.prove.proving import Proved, ask, lines, prove
from tools.prove.repository import comparisons

ROOT = Path(__file__).parents[3]
FILES = {
    "chartgen.yaml": """charts:
  app:
    path: chart
    environments:
      from: {}
      to: {values: [../to.yaml], release: app-canary, kubeVersion: 1.30}
""",
    "chart/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\n",
    "chart/values.yaml": """tls: false
https: false
repository: a
tag: 1
password: hunter2
web: false
idle: 1
""",
    "to.yaml": "tls: true\nhttps: true\nrepository: b\ntag: 2\npassword: hunter3\nweb: true\nidle: 2\n",
    "chart/templates/cm.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  image: {{ .Values.repository }}:{{ .Values.tag }}
  scheme: {{ if or .Values.tls .Values.https }}https{{ else }}http{{ end }}
  app.yaml: |
    url: x/{{ .Values.password }}
""",
    "chart/templates/random.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: random}
data: {random: {{ randAlphaNum 20 }}}
""",
    "chart/templates/secret.yaml": """apiVersion: v1
kind: Secret
metadata: {name: fixed}
stringData: {password: {{ .Values.password }}}
""",
    "chart/templates/svc.yaml": """{{- if .Values.web }}
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}-web}
{{- end }}
""",
}
CONFIG_MAP = ("ConfigMap", "app", "app-canary")
RANDOM = ("ConfigMap", "random", "random")
SECRET = ("Secret", "fixed", "fixed")
SERVICE = ("Service", None, "app-canary-web")
KEYS = [
    {"key": "release", "isSetting": True, "before": {"value": "app"}, "after": {"value": "app-canary"}},
    {"key": "password", "isSetting": False, "before": {"secret": True}, "after": {"secret": True}},
]


def claim(
    of: Sequence[str | None], path: str | None, *keys: str, relation: str = "and", exact: bool = True
) -> dict[str, Any]:
    """One of `changes[]`, as chartgen might say it."""
    kind, *names = of
    sides = [name and {"group": "", "kind": kind, "namespace": "", "name": name, "template": ""} for name in names]
    cause = {"keys": list(keys), "relation": relation, "exact": exact}
    value = {"secret": True} if kind == "Secret" else {"value": ""}
    said = {"object": dict(zip(("before", "after"), sides, strict=True)), "path": path}
    return {**said, "before": value, "after": value, "cause": cause if keys else None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    return tmp_path


def proved(folder: Path, helm: Path, *changes: Mapping[str, Any]) -> Proved:
    with ThreadPoolExecutor(2) as pool:
        return prove(folder, Helm(str(helm), ""), pool, lambda *_: {"keys": KEYS, "changes": changes})


@pytest.mark.parametrize(
    "change",
    [
        claim(CONFIG_MAP, "data.image", "repository", "tag"),
        claim(CONFIG_MAP, "data.scheme", "tls", "https", relation="or"),
        claim(CONFIG_MAP, 'data["app.yaml"].url', "password"),
        claim(CONFIG_MAP, "metadata.name", "release"),
        claim(SECRET, "stringData.password", "password"),
        claim(SERVICE, None, "web"),
    ],
)
def test_a_cause_that_is_right_holds(change: Mapping[str, Any], folder: Path, helm: Path) -> None:
    assert proved(folder, helm, change) == Proved(1, [])


@pytest.mark.parametrize(
    ("change", "what", "expected", "got"),
    [
        (claim(CONFIG_MAP, "data.image", "tag"), "from with tag of to", "'b:2'", "'a:2'"),
        (claim(CONFIG_MAP, "data.image", "tag", "repository", relation="or"), "from with tag of to", "'b:2'", "'a:2'"),
        (claim(CONFIG_MAP, "data.scheme", "tls"), "to with tls of from", "'http'", "'https'"),
        (
            claim(CONFIG_MAP, "data.image", "tag", "repository", "idle"),
            "from with tag, repository of to",
            "something else, for want of idle",
            "all of the change",
        ),
        (
            claim(SERVICE, None, "web", "idle"),
            "from with web of to",
            "something else, for want of idle",
            "all of the change",
        ),
        (claim(SERVICE, None, "idle"), "from with idle of to", "the object", "nothing"),
        (claim(CONFIG_MAP, "data.none", "tag"), "the two environments", "a difference", "the same: nothing"),
        (claim(SECRET, "stringData.password", "tag"), "from with tag of to", "(secret)", "(secret)"),
        (
            claim(CONFIG_MAP, 'data["app.yaml"].url', "password", "tag"),
            *("from with password of to", "something else, for want of tag", "all of the change"),
        ),
    ],
)
def test_a_cause_that_is_wrong_does_not(
    folder: Path, helm: Path, *, change: Mapping[str, Any], what: str, expected: str, got: str
) -> None:
    found = proved(folder, helm, change)
    assert (found.held, found.wrong) == (0, 1)
    assert found.failed[0].fault == (what, expected, got)
    assert "hunter" not in "\n".join(lines(folder, found))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (claim(CONFIG_MAP, "data.image"), "chartgen names no cause"),
        (claim(CONFIG_MAP, "data.image", "tag", "tls", exact=False), "chartgen gave the search up"),
        (claim(CONFIG_MAP, "data.image", "tagg"), "neither side has a `tagg`"),
        (claim(RANDOM, "data.random", "tag"), "what stands there differs from render to render"),
    ],
)
def test_what_cannot_be_checked_is_named(change: Mapping[str, Any], why: str, folder: Path, helm: Path) -> None:
    found = proved(folder, helm, change)
    assert (found.held, found.wrong) == (0, 0)
    assert [each.why for each in found.failed] == [why]
    assert list(lines(folder, found))[1].startswith("  cannot be checked: app from → to: ConfigMap/")


def test_what_a_disabled_subchart_would_add_to_its_parent_is_not_taken_for_a_fault(folder: Path, helm: Path) -> None:
    write(
        folder / "chart",
        {
            "templates/all.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: all}
data: {sub: {{ toJson .Values.sub | quote }}}
"""
        },
    )
    dependencies = "dependencies: [{name: sub, version: 0.1.0, condition: sub.enabled}]\n"
    write(folder / "chart", {"Chart.yaml": FILES["chart/Chart.yaml"] + dependencies})
    write(folder / "chart" / "charts" / "sub", {"Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n"})
    write(folder / "chart" / "charts" / "sub", {"values.yaml": "more: 1\n"})
    write(folder, {"to.yaml": "sub: {enabled: false, a: 1}\n"})
    (folder / "chart" / "values.yaml").write_text(FILES["chart/values.yaml"] + "sub: {enabled: false}\n")
    found = proved(folder, helm, claim(("ConfigMap", "all", "all"), "data.sub", "sub.a"))
    assert [each.why for each in found.failed] == ["it reads otherwise once defaults are passed as values"]


def test_each_pair_of_environments_is_read_from_chartgen_yaml_as_written(folder: Path) -> None:
    (pair,) = comparisons(folder)
    before, after = pair.environments
    assert (str(pair), before.settings, before.files) == ("app from → to", ("app", "default", ""), ())
    assert (after.settings, after.files) == (("app-canary", "default", "1.30"), (folder / "chart/../to.yaml",))
    with pytest.raises(ProveError, match=r"holds no chartgen\.yaml"):
        list(comparisons(folder / "chart"))


def test_what_chartgen_says_of_a_folder_holds(folder: Path, helm: Path) -> None:
    write(folder, {"chartgen.yaml": FILES["chartgen.yaml"].replace(", kubeVersion: 1.30", "")})
    ran = subprocess.run(
        [sys.executable, "-m", "tools.prove", str(folder)],
        cwd=ROOT,
        env={"HELM_BIN": str(helm), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    held, total = ran.stdout.splitlines()
    assert held.endswith(" 6 of 6")
    assert total.startswith("6 of 6 causes hold by helm v4.")


def test_a_comparison_that_chartgen_refuses_is_no_proof(folder: Path) -> None:
    write(folder, {"to.yaml": "- no mapping\n"})
    (pair,) = comparisons(folder)
    with pytest.raises(ProveError, match="`chartgen diff from to -c app` gives status 2"):
        ask(folder, pair)


@pytest.mark.parametrize("version", ["v3.15.4", "no helm"])
def test_a_helm_that_is_too_old_is_refused(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("HELM_BIN", str(program))
    with pytest.raises(ProveError, match=r"and helm 3\.16 or newer is needed"):
        find()


def test_without_a_helm_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", "no-such-program")
    with pytest.raises(ProveError, match="no `no-such-program`: `make prove` builds one, or set HELM_BIN"):
        find()
