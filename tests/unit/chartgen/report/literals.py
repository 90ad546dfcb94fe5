"""Comparisons and findings made by hand, which show all that a report can show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chartgen.model import (
    ABSENT,
    HIDDEN,
    Cause,
    Change,
    Comparison,
    Factor,
    Finding,
    Item,
    KubeObject,
    Mark,
    ObjectId,
    Pair,
    Severity,
    Target,
)

STAGE = Target("charts/web", Path("charts/web"), "stage", "web", "default", ())
PROD = Target("charts/web", Path("charts/web"), "prod", "web-prod", "default", ())
OFF, ON = False, True
TEMPLATE = ("spec", "template")
CONTAINER = (*TEMPLATE, "spec", "containers", Item(("web",)))


def obj(kind: str, name: str, group: str = "", namespace: str = "") -> KubeObject:
    return KubeObject(ObjectId(group, kind, namespace, name), {"kind": kind}, f"web/templates/{kind.lower()}.yaml")


def at(file: str, line: int, column: int = 1) -> Mark:
    return Mark(f"charts/web/{file}.yaml", line, column)


DEPLOYMENT = Pair(obj("Deployment", "web", "apps"), obj("Deployment", "web-prod", "apps"))
CONFIG_MAP = Pair(obj("ConfigMap", "web"), obj("ConfigMap", "web"))
OTHER_MAP = Pair(obj("ConfigMap", "other"), obj("ConfigMap", "other"))
SECRET = Pair(obj("Secret", "web"), obj("Secret", "web"))
INGRESS = Pair(None, obj("Ingress", "web", "networking.k8s.io"))
MONITOR = Pair(None, obj("ServiceMonitor", "web", "monitoring.coreos.com"))
VOLUME = Pair(obj("PersistentVolumeClaim", "web"), None)

FACTORS = (
    Factor(("replicas",), 1, 3, at("values", 1), at("values-prod", 1)),
    Factor(("image", "tag"), "edge", "1.42.0", at("values", 3, 3), at("values-prod", 2, 3)),
    Factor(("image", "digest"), "", "sha256:0a", at("values", 4, 3), at("values-prod", 3, 3)),
    Factor(("tls",), OFF, ON, at("values", 5), Mark("--set tls=true")),
    Factor(("https",), OFF, ON, at("values", 6), at("values-prod", 5)),
    Factor(("password",), HIDDEN, HIDDEN, at("values", 7), at("values-prod", 6), secret=True),
    Factor(("ingress", "enabled"), OFF, ON, at("values", 9, 3), at("values-prod", 8, 3)),
    Factor(("ingress", "hosts"), [], ["a.example", "b.example"], at("values", 10, 3), at("values-prod", 9, 3)),
    Factor(("autoscaling", "max"), 3, 100, at("values", 12, 3), at("values-prod", 11, 3)),
    Factor(("unused",), {"a": None}, ABSENT, at("values", 13), None),
    Factor(("cpu",), 1, "1000m", at("values", 14), at("values-prod", 12)),
    Factor(("nodeSelector", "kubernetes.io/arch"), ABSENT, "arm64", None, at("values-prod", 13, 3)),
    Factor(("release",), "web", "web-prod", Mark("chartgen.yaml", 5, 9), Mark("chartgen.yaml", 9, 9), setting=True),
    Factor(("storage",), ON, OFF, at("values", 15), at("values-prod", 14)),
)
REPLICAS, TAG, DIGEST, TLS, HTTPS, PASSWORD, INGRESS_ON, HOSTS, MAX, UNUSED, CPU, ARCH, RELEASE, STORAGE = range(
    len(FACTORS)
)


def change(pair: Pair, path: tuple[Any, ...], before: Any, after: Any, *, equal: bool = False) -> Change:
    return Change(pair, path, before, after, equal)


CHANGES: tuple[tuple[Change, Cause], ...] = (
    (change(DEPLOYMENT, ("spec", "replicas"), 1, 3), Cause((REPLICAS,))),
    (change(DEPLOYMENT, (*CONTAINER, "image"), "web:edge", "web:1.42.0@sha256:0a"), Cause((TAG, DIGEST))),
    (change(CONFIG_MAP, ("data", "url"), "http://web", "https://web"), Cause((TLS, HTTPS), any_of=True)),
    (change(SECRET, ("data", "password"), HIDDEN, HIDDEN), Cause((PASSWORD,))),
    (change(INGRESS, (), ABSENT, {"kind": "Ingress"}), Cause((INGRESS_ON,))),
    (change(MONITOR, (), ABSENT, {"kind": "ServiceMonitor"}), Cause((INGRESS_ON,))),
    (change(VOLUME, (), {"kind": "PersistentVolumeClaim"}, ABSENT), Cause((STORAGE,))),
    (change(CONFIG_MAP, ("data", "mixed"), "a", "b"), Cause((REPLICAS, TAG, HOSTS), exact=False)),
    (change(OTHER_MAP, ("data", "either"), "c", "d"), Cause((TLS,), ambiguous=True)),
    (change(OTHER_MAP, ("data", "app.yaml", "level"), "info", "debug"), Cause((REPLICAS,))),
    (
        change(DEPLOYMENT, (*TEMPLATE, "metadata", "annotations", "checksum/config"), "0" * 64, "f" * 64),
        Cause((TLS, HTTPS)),
    ),
    (change(DEPLOYMENT, ("metadata", "name"), "web", "web-prod"), Cause((RELEASE,))),
    (change(DEPLOYMENT, ("spec", "selector", "matchLabels", "app"), "web", "web-prod"), Cause((RELEASE,))),
    (change(DEPLOYMENT, ("metadata", "labels", "app.kubernetes.io/instance"), "web", "web-prod"), Cause((RELEASE,))),
    (
        change(DEPLOYMENT, (*TEMPLATE, "metadata", "labels", "app.kubernetes.io/instance"), "web", "web-prod"),
        Cause((RELEASE,)),
    ),
    (
        change(DEPLOYMENT, (*TEMPLATE, "spec", "nodeSelector"), ABSENT, {"kubernetes.io/arch": "arm64"}),
        Cause((ARCH,)),
    ),
    (change(DEPLOYMENT, (*CONTAINER, "resources", "limits", "cpu"), 1, "1000m", equal=True), Cause((CPU,))),
    (change(CONFIG_MAP, ("data", "owner"), "team-a", "team-b"), Cause((HOSTS,))),
)
EXPECTED = {len(CHANGES) - 1: "each team has its own"}
COMPARISON = Comparison(
    STAGE,
    PROD,
    [one for one, _ in CHANGES],
    equal_objects=2,
    factors=FACTORS,
    causes=[cause for _, cause in CHANGES],
    shapes={4: (HOSTS, TLS), 5: ()},
    idle={MAX: "autoscaling.enabled is false on both"},
    expected=EXPECTED,
    unstable=["web/templates/random.yaml"],
    renders=2004,
)
WITHOUT_CAUSES = Comparison(STAGE, PROD, [one for one, _ in CHANGES], 2, expected=EXPECTED, renders=4)
NOTHING = Comparison(STAGE, PROD, [], 5, causes=[], renders=4)
FINDINGS = (
    Finding(
        "schema-enum", Severity.ERROR, "kind", at("values-prod", 2, 1), "`kind` must be one of 1, 2", "", ("kind",)
    ),
    Finding("overlay-repeats", Severity.WARNING, "name", at("values-prod", 3), "already so", "delete the line"),
    Finding(
        "render-fails", Severity.ERROR, "charts/web", Mark("web/templates/a.yaml"), "no\nport", environments=("a", "b")
    ),
    Finding("some-note", Severity.NOTE, "x", Mark("--set a=b"), "by the way"),
)
