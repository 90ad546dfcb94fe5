"""Repositories of any size to measure on."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from bench.peers import ROOT, charts

CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{{{ .Release.Name }}}}-{key}
data:
  value: {{{{ .Values.{key} | quote }}}}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{{{ .Release.Name }}}}-{key}
spec:
  replicas: {{{{ .Values.{key} }}}}
  selector:
    matchLabels: {{app: {key}}}
  template:
    metadata:
      labels: {{app: {key}}}
    spec:
      containers:
        - name: main
          image: registry.example.com/main:1.0.0
"""


def grown_chart(root: Path, objects: int) -> None:
    """Write one chart of so many objects, each reading a key of its own that stage and prod set differently."""
    chart = root / "charts" / "grown"
    (chart / "templates").mkdir(parents=True)
    keys = [f"key{number:03}" for number in range(objects)]
    for number, key in enumerate(keys):
        template = (CONFIGMAP, DEPLOYMENT)[number % 2]
        (chart / "templates" / f"{key}.yaml").write_text(template.format(key=key))
    write(chart / "Chart.yaml", {"apiVersion": "v2", "name": "grown", "version": "0.1.0"})
    write(chart / "values.yaml", dict.fromkeys(keys, 1))
    write(chart / "values-stage.yaml", dict.fromkeys(keys, 2))
    write(chart / "values-prod.yaml", dict.fromkeys(keys, 3))
    environments = {
        env: {"values": [f"values-{env}.yaml"], "release": "grown", "namespace": "default"} for env in ("stage", "prod")
    }
    write(root / "chartgen.yaml", {"charts": {"grown": {"path": "charts/grown", "environments": environments}}})


RANGED = """\
{{- range $name, $each := .Values.services }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}}
spec: {replicas: {{ $each.replicas }}, template: {spec: {containers: [{name: c, image: {{ $each.image }},
  env: [{name: A, value: {{ $each.a | quote }}}]}]}}}
{{- end }}
"""


def ranged_chart(root: Path, objects: int) -> None:
    """Write one chart whose only template prints so many objects of a range, each with three keys that differ."""
    grown_chart(root, 0)
    chart = root / "charts" / "grown"
    (chart / "templates" / "ranged.yaml").write_text(RANGED)
    for file, number in (("values", 1), ("values-stage", 2), ("values-prod", 3)):
        each = {"replicas": number, "image": f"web:{number}", "a": f"a{number}"}
        write(chart / f"{file}.yaml", {"services": {f"svc{name:03}": each for name in range(objects)}})


def fleet(root: Path, copies: int) -> None:
    """Write a repository that holds so many copies of each chart of this one."""
    copied = {}
    for name, chart in charts(ROOT).items():
        for number in range(copies):
            path = f"charts/{name}-{number:03}"
            shutil.copytree(ROOT / chart["path"], root / path)
            copied[f"{name}-{number:03}"] = chart | {"path": path}
    write(root / "chartgen.yaml", {"charts": copied})


def write(file: Path, tree: object) -> None:
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
