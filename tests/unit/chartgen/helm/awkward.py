"""Charts that are hard to render the same way twice, written into a folder: {file: text} for each."""

from __future__ import annotations

from pathlib import Path

from tests import files

CHART = "apiVersion: v2\nname: {name}\nversion: 0.1.0\n"
SHOW = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  values: {{{{ {what} | toJson | quote }}}}\n"
)


def shows(name: str, what: str = ".Values") -> str:
    """A template that prints an expression as JSON."""
    return SHOW.format(name=name, what=what)


def sub(name: str, values: str) -> dict[str, str]:
    """The files of a subchart that shows its values."""
    return {
        f"charts/{name}/Chart.yaml": CHART.format(name=name),
        f"charts/{name}/values.yaml": values,
        f"charts/{name}/templates/cm.yaml": shows("{{ .Chart.Name }}"),
    }


DEPENDENCIES = """\
dependencies:
  - {name: one, version: 0.1.0, condition: one.enabled}
  - {name: two, version: 0.1.0, condition: two.enabled}
  - {name: three, version: 0.1.0, tags: [extras]}
  - {name: one, version: 0.1.0, alias: again}
"""
HOOKED = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {"helm.sh/hook": pre-upgrade}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---

# nothing but a comment
---
apiVersion: v1
kind: Namespace
metadata: {name: late}
"""
LIST = """\
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: a}}
  - {apiVersion: v1, kind: Service, metadata: {name: b}}
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
"""
OF_A_SUBCHART = "a subchart's defaults deleted by null"
CHARTS: dict[str, dict[str, str]] = {
    "subcharts with conditions, tags and an alias": {
        "Chart.yaml": CHART.format(name="web") + DEPENDENCIES,
        "values.yaml": "one: {enabled: true}\ntwo: {enabled: false}\ntags: {extras: false}\nglobal: {g: 1}\n",
        "values-stage.yaml": "two: {enabled: true, own: 2}\n",
        "values-prod.yaml": "one: {enabled: false}\ntags: {extras: true}\nglobal: {g: 2}\nagain: {own: 9}\n"
        "three: {must: 1}\n",
        "templates/cm.yaml": shows("web"),
        **sub("one", "own: 1\n"),
        **sub("two", "own: 1\n"),
        **sub("three", "own: 1\n"),
        "charts/three/values.schema.json": '{"required": ["must"]}',
    },
    "defaults deleted by null": {
        "Chart.yaml": CHART.format(name="web"),
        "values.yaml": "a: 1\nb: {c: 1, d: {e: 1}}\n",
        "values-stage.yaml": "a: null\nb: {d: null}\n",
        "values-prod.yaml": "b: null\n",
        "templates/cm.yaml": shows("web"),
    },
    OF_A_SUBCHART: {
        "Chart.yaml": CHART.format(name="web"),
        "values.yaml": "sub: {own: 5}\n",
        "values-stage.yaml": "sub: {deep: {p: null}}\n",
        "values-prod.yaml": "sub: {own: null}\n",
        "templates/cm.yaml": shows("web"),
        **sub("sub", "own: 1\ndeep: {p: 1, q: 2}\n"),
    },
    "numbers and texts that look like others": {
        "Chart.yaml": CHART.format(name="web"),
        "values.yaml": "whole: 1000000\nlarge: 12345678901\nfraction: 0.5\nexponent: 1e3\n"
        "time: 12:30\nday: 2026-01-01\n",
        "values-stage.yaml": "whole: 2000000\noctal: 0o17\nold: 017\nyes: yes\ntext: '1000000'\n",
        "values-prod.yaml": "whole: 1e6\nfraction: 1.0\nmask: 0x1F\nempty:\nlist: [1, 1.5, a, null, true]\n",
        "templates/cm.yaml": shows("web")
        + "  whole: {{ .Values.whole }}\n  large: {{ .Values.large }}\n  fraction: {{ .Values.fraction }}\n",
    },
    "hooks, several documents, a List and a CRD": {
        "Chart.yaml": CHART.format(name="web"),
        "values.yaml": "",
        "values-stage.yaml": "n: 1\n",
        "values-prod.yaml": "n: 2\n",
        "templates/hooked.yaml": HOOKED,
        "templates/list.yaml": LIST,
        "templates/values.yaml": shows("web"),
        "templates/empty.yaml": "{{ if .Values.none }}\nkind: X\n{{ end }}\n",
        "templates/NOTES.txt": "Thank you for installing {{ .Release.Name }}.",
        "crds/things.yaml": CRD,
    },
    "what a release is": {
        "Chart.yaml": CHART.format(name="web") + 'appVersion: "1.2"\n',
        "values.yaml": "",
        "values-stage.yaml": "",
        "values-prod.yaml": "name: 'é → \"quoted\"'\n",
        "files/a.txt": "line one\r\nline two\n",
        "templates/release.yaml": shows("release", ".Release"),
        "templates/chart.yaml": shows("chart", ".Chart.AppVersion"),
        "templates/file.yaml": shows("file", '.Files.Get "files/a.txt"'),
        "templates/template.yaml": shows("template", ".Template.Name"),
        "templates/tpl.yaml": shows("tpl", 'tpl "{{ .Release.Name }}-{{ .Values.name }}" .'),
    },
}
CAPABILITIES = {
    "Chart.yaml": CHART.format(name="web"),
    "values.yaml": "",
    "values-stage.yaml": "",
    "values-prod.yaml": "",
    "templates/version.yaml": shows("version", ".Capabilities.KubeVersion.Version"),
    "templates/api.yaml": shows("api", '.Capabilities.APIVersions.Has "example.com/v1"'),
}


def write(folder: Path, chart: dict[str, str]) -> Path:
    """The chart, written to charts/web of a folder; gives that folder."""
    files.write(folder / "charts" / "web", chart)
    return folder
