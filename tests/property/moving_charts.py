"""Charts of all that makes objects hard to tell apart, and of what moves: for the law that nothing is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from chartgen.model import Target, Tree
from tests import files

OBJECT = "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{more}"
CHANCE = ("{{ randAlphaNum 8 }}", "{{ randInt 0 9 }}", "{{ uuidv4 }}", '{{ htpasswd .Values.a "pw" }}')  # fmt: skip
CLOCK = ("{{ now }}", '{{ now | date "2006-01-02" }}', "{{ now | unixEpoch }}", '{{ now | date "15h" }}')  # fmt: skip
FIXED = ("{{ .Values.a }}", "{{ .Values.b }}", "{{ .Values.a }}-{{ .Values.b }}", "{{ .Release.Name }}", "k")
NAMES = (
    "one",
    "{{ .Release.Name }}-web",
    "{{ .Values.name }}",
    '{{ .Values.full | default (printf "%s-x" .Release.Name) }}',
    "cm-{{ toJson .Values | sha256sum | trunc 8 }}",
    "{{ .Release.Namespace }}-a",
)
DATA = (
    'data: {{v: "{value}"}}\n',
    'data:\n  v: "at {value} by {other}"\n  w: "{other}"\n',
    "data:\n  conf.yaml: |\n    a: {value}\n    b: {other}\n",
    "data:\n  robots.txt: |\n    Disallow: {value}\n    Disallow: {other}\n",
    'data: {{{{ if .Values.on }}}}{{x: "{value}"}}{{{{ else }}}}{{x: "{other}", z: "1"}}{{{{ end }}}}\n',
)  # fmt: skip
WRAPPED = (
    "{object}",
    "{{{{ if .Values.on }}}}\n{object}{{{{ end }}}}\n",
    "{{{{ range $i, $n := .Values.names }}}}\n---\n{ranged}{{{{ end }}}}\n",
    "{object}---\n{{{{ if .Values.on -}}}}\n# another\n{other}{{{{ end }}}}\n",
    "{object}--- # another\n{other}",
)  # fmt: skip
HOOK = "  annotations: {helm.sh/hook: pre-install}\n"
SCALARS = st.sampled_from(["x", "y", "1.10", "1.1", "on", "true"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "a": SCALARS,
        "b": SCALARS,
        "on": st.booleans(),
        "name": st.sampled_from(["api", "web"]),
        "full": st.sampled_from(["", "custom"]),
        "names": st.lists(st.sampled_from(["p", "q", "r"]), unique=True, max_size=3),
        "sub": st.fixed_dictionaries({"v": SCALARS}),
    },
)
DEFAULTS = {"a": "x", "b": "x", "on": True, "name": "api", "full": "", "names": ["p"], "sub": {"v": "x"}}


@dataclass(frozen=True)
class MovingChart:
    """The templates of a chart with one subchart, and the values and release of two environments."""

    templates: tuple[str, ...]
    overlays: tuple[dict[str, Tree], dict[str, Tree]]
    releases: tuple[str, str]

    @contextmanager
    def written(self) -> Iterator[tuple[Target, Target]]:
        with TemporaryDirectory() as folder:
            chart = Path(folder, "web")
            for where, name in ((chart, "web"), (chart / "charts" / "sub", "sub")):
                files.write(where, {"Chart.yaml": f"{{apiVersion: v2, name: {name}, version: 0.0.0}}\n"})
            values = {"values": DEFAULTS} | {f"values-{number}": each for number, each in enumerate(self.overlays)}
            files.write(chart, {f"{name}.yaml": json.dumps(tree, indent=1) for name, tree in values.items()})
            files.write(chart / "templates", {f"{number}.yaml": text for number, text in enumerate(self.templates)})
            sub = OBJECT.format(kind="ConfigMap", name="sub", more='data: {v: "{{ .Values.v }}"}\n')
            files.write(chart / "charts" / "sub" / "templates", {"a.yaml": sub})
            first, second = (
                Target("web", chart, str(number), release, "default", (chart / f"values-{number}.yaml",))
                for number, release in enumerate(self.releases)
            )
            yield first, second


@st.composite
def objects(draw: st.DrawFn, values: tuple[str, ...], name: str) -> str:
    value, other = draw(st.sampled_from(values)), draw(st.sampled_from(FIXED))
    kind = draw(st.sampled_from(["ConfigMap", "ConfigMap", "Secret"]))
    text = draw(st.sampled_from(DATA)).format(value=value, other=other)
    if kind == "Secret":
        text = text.replace("data:", "stringData:")
    hook = HOOK if draw(st.integers(0, 5)) == 0 else ""
    return OBJECT.format(kind=kind, name=name, more=hook + text)


@st.composite
def charts(draw: st.DrawFn) -> MovingChart:
    values = draw(st.sampled_from([FIXED, FIXED, (*FIXED, *CHANCE), (*FIXED, *CLOCK)]))
    templates = []
    for number in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(NAMES))
        text = draw(st.sampled_from(WRAPPED)).format(
            object=draw(objects(values, f"{name}-{number}")),
            other=draw(objects(values, f"two-{number}")),
            ranged=draw(objects(values, f"{number}-{{{{ $n }}}}"))
            .replace(".Values", "$.Values")
            .replace(".Release", "$.Release"),
        )
        templates.append(text.replace("$$", "$"))
    releases = draw(st.sampled_from([("web", "web"), ("web", "web-canary"), ("prod", "product")]))
    return MovingChart(tuple(templates), (draw(VALUES), draw(VALUES)), releases)
