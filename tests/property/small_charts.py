"""Small charts for properties: templates put together from what real ones do with values, and two environments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from chartgen.model import Tree
from tests import files

NAMES = ("alpha", "beta", "gamma", "delta")
PASSWORDS = ("hunter22-stage", "hunter22-prod!")
METADATA = "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {name}}}\ndata:\n"
# what one line of a ConfigMap may be; A, B stand for values keys
LINES = (
    "v: {{ toJson .Values.A | quote }}",
    'v: {{ printf "%v-%v" .Values.A .Values.B | quote }}',
    'v: {{ if and .Values.A .Values.B }}both{{ else }}{{ .Values.A | default "none" | toJson | quote }}{{ end }}',
    "v: {{ or .Values.A .Values.B | toJson | quote }}",
    "v: {{ if eq (toString .Values.A) (toString .Values.B) }}same{{ else }}other{{ end }}",
    'v: {{ coalesce .Values.A .Values.B "nothing" | toJson | quote }}',
    "v: {{ range .Values.list }}{{ . }}-{{ end }}{{ .Release.Name }}",
    "v: {{ toJson .Values.map | quote }}",
    'v: {{ hasKey .Values "A" | quote }}',
    'v: {{ include (print $.Template.BasePath "/one.yaml") . | sha256sum | quote }}',
    'v: {{ required "A is needed" .Values.A | toJson | quote }}',
)  # fmt: skip
SWITCHES = ("", "", ".Values.A", "and .Values.A .Values.B", 'or .Values.A (eq .Release.Name "web-prod")')  # fmt: skip
SECRETS = (
    "stringData: {p: {{ .Values.password | toJson }}}",
    "data: {p: {{ .Values.password | b64enc }}}",
    'stringData: {url: {{ printf "redis://user:%s@host" .Values.password | quote }}}',
)  # fmt: skip
LEAKS = (
    "v: {{ .Values.password | quote }}",
    'v: {{ printf "http://%s@host" .Values.password | quote }}',
    "v: {{ .Values.password | b64enc }}",
    "{{ .Values.password | quote }}: v",
)  # fmt: skip
SCALARS = st.sampled_from(["", "x", "y", 0, 1, 7, True, False])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, SCALARS | st.none()),
        "list": st.lists(st.sampled_from(["p", "q"]), max_size=3),
        "map": st.sampled_from([None, 5]) | st.dictionaries(st.sampled_from("rst"), SCALARS | st.none(), max_size=3),
    },
)
DEFAULTS = st.fixed_dictionaries(
    {
        **dict.fromkeys(NAMES, SCALARS),
        "list": st.just(["p"]),
        "map": st.dictionaries(st.sampled_from("rst"), SCALARS, min_size=1),
    }
)


@dataclass(frozen=True)
class SmallChart:
    """The files of a chart, and the values and release of two environments."""

    templates: dict[str, str]
    defaults: dict[str, Tree]
    overlays: tuple[dict[str, Tree], dict[str, Tree]]
    releases: tuple[str, str] = ("web", "web")

    @contextmanager
    def written(self) -> Iterator[Path]:
        with TemporaryDirectory() as folder:
            chart = Path(folder, "web")
            values = {"values": self.defaults} | {f"values-{number}": each for number, each in enumerate(self.overlays)}
            files.write(chart, {f"{name}.yaml": json.dumps(tree, indent=1) for name, tree in values.items()})
            files.write(chart, {"Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.0.0\n"})
            files.write(chart / "templates", self.templates)
            yield chart


def _filled(text: str, a: str, b: str) -> str:
    return text.replace(".Values.A", f".Values.{a}").replace(".Values.B", f".Values.{b}").replace('"A"', f'"{a}"')


@st.composite
def charts(draw: st.DrawFn) -> SmallChart:
    templates = {}
    for number, name in enumerate(draw(st.sampled_from([("one",), ("one", "two"), ("one", "two", "three")]))):
        names = draw(st.permutations(NAMES))
        usable = [line for line in LINES if number or "include" not in line]
        line, switch = draw(st.sampled_from(usable)), draw(st.sampled_from(SWITCHES))
        body = METADATA.format(name=name).replace("{{name", "{name") + f"  {line}\n"
        text = f"{{{{ if {switch} }}}}\n{body}{{{{ end }}}}\n" if switch else body
        templates[f"{name}.yaml"] = _filled(text, names[0], names[1])
    releases = draw(st.sampled_from([("web", "web"), ("web", "web"), ("web", "web-prod")]))
    return SmallChart(templates, draw(DEFAULTS), (draw(VALUES), draw(VALUES)), releases)


@st.composite
def secretive_charts(draw: st.DrawFn) -> SmallChart:
    """A chart whose password feeds a Secret, and is printed elsewhere too."""
    chart = draw(charts())
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{draw(st.sampled_from(SECRETS))}\n"
    leaks = {
        f"leak{number}.yaml": METADATA.format(name=f"leak{number}") + f"  {line}\n"
        for number, line in enumerate(draw(st.lists(st.sampled_from(LEAKS), max_size=2)))
    }
    passwords = draw(st.sampled_from([PASSWORDS, (PASSWORDS[0], PASSWORDS[0])]))
    return SmallChart(
        chart.templates | leaks | {"secret.yaml": secret},
        chart.defaults | {"password": "hunter22-default"},
        ({**chart.overlays[0], "password": passwords[0]}, {**chart.overlays[1], "password": passwords[1]}),
        chart.releases,
    )
