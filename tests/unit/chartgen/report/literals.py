"""Comparisons and findings made by hand, which show all that a report can show."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from chartgen.model import ABSENT, Finding, Hidden, Item, KubeObject, Mark, ObjectId, Severity
from chartgen.results import Cause, Change, Comparison, Drift, Expected, Factor, Kept, Left, ObjectDiff, Pair
from tests.unit.chartgen import targets

STAGE, PROD = targets.PROD._replace(environment="stage"), targets.PROD._replace(release="web-prod")
OFF, ON = False, True
TEMPLATE = ("spec", "template")
CONTAINER = (*TEMPLATE, "spec", "containers", Item(("web",)))


def obj(kind: str, name: str, group: str = "", namespace: str = "") -> KubeObject:
    return KubeObject(ObjectId(group, kind, namespace, name), {"kind": kind}, f"web/templates/{kind.lower()}.yaml")


def at(file: str, line: int, column: int = 1) -> Mark:
    return Mark(Path(f"charts/web/{file}.yaml"), line, column)


HIDDEN = Hidden("password feeds Secret/web")
BOTH = ("stage", "prod")
ROLLED_AT = ("spec", "template", "metadata", "annotations", "rolled-at")
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
    Factor(("password",), HIDDEN, HIDDEN, at("values", 7), at("values-prod", 6), feeds="Secret/web"),
    Factor(("ingress", "enabled"), OFF, ON, at("values", 9, 3), at("values-prod", 8, 3)),
    Factor(("ingress", "hosts"), [], ["a.example", "b.example"], at("values", 10, 3), at("values-prod", 9, 3)),
    Factor(
        ("autoscaling", "max"),
        3,
        100,
        at("values", 12, 3),
        at("values-prod", 11, 3),
        idle="autoscaling.enabled is false on both",
    ),
    Factor(("unused",), {"a": None}, ABSENT, at("values", 13), None),
    Factor(("cpu",), 1, "1000m", at("values", 14), at("values-prod", 12)),
    Factor(("nodeSelector", "kubernetes.io/arch"), ABSENT, "arm64", None, at("values-prod", 13, 3)),
    Factor(
        ("release",),
        "web",
        "web-prod",
        Mark(Path("chartgen.yaml"), 5, 9),
        Mark(Path("chartgen.yaml"), 9, 9),
        setting=True,
    ),
    Factor(("storage",), ON, OFF, at("values", 15), at("values-prod", 14)),
)
(
    REPLICAS, TAG, DIGEST, TLS, HTTPS, PASSWORD, INGRESS_ON, HOSTS, MAX, UNUSED, CPU, ARCH, RELEASE, STORAGE
) = FACTORS  # fmt: skip


def because(*factors: Factor, any_of: bool = False, exact: bool = True, ambiguous: bool = False) -> Cause:
    return Cause(factors, any_of, exact, ambiguous)


BETWEEN = ("stage", "prod")
OWNER = Expected(BETWEEN, "each team has its own", Mark(Path("chartgen.yaml"), 20, 5), object="ConfigMap/web")
UNMET = Expected(BETWEEN, "production is larger", Mark(Path("chartgen.yaml"), 21, 5), key="replicaCount")
LABEL = "app.kubernetes.io/instance"
CHANGES: tuple[tuple[Pair, Change], ...] = (
    (DEPLOYMENT, Change(("spec", "replicas"), 1, 3, cause=because(REPLICAS))),
    (DEPLOYMENT, Change((*CONTAINER, "image"), "web:edge", "web:1.42.0@sha256:0a", cause=because(TAG, DIGEST))),
    (
        DEPLOYMENT,
        Change(
            (*TEMPLATE, "metadata", "annotations", "checksum/config"),
            "0" * 64,
            "f" * 64,
            derived=True,
            cause=because(TLS, HTTPS),
        ),
    ),
    (DEPLOYMENT, Change(("metadata", "name"), "web", "web-prod", cause=because(RELEASE))),
    (DEPLOYMENT, Change(("spec", "selector", "matchLabels", "app"), "web", "web-prod", cause=because(RELEASE))),
    (DEPLOYMENT, Change(("metadata", "labels", LABEL), "web", "web-prod", cause=because(RELEASE))),
    (DEPLOYMENT, Change((*TEMPLATE, "metadata", "labels", LABEL), "web", "web-prod", cause=because(RELEASE))),
    (
        DEPLOYMENT,
        Change((*TEMPLATE, "spec", "nodeSelector"), ABSENT, {"kubernetes.io/arch": "arm64"}, cause=because(ARCH)),
    ),
    (DEPLOYMENT, Change((*CONTAINER, "resources", "limits", "cpu"), 1, "1000m", equal=True, cause=because(CPU))),
    (CONFIG_MAP, Change(("data", "url"), "http://web", "https://web", cause=because(TLS, HTTPS, any_of=True))),
    (CONFIG_MAP, Change(("data", "mixed"), "a", "b", cause=because(REPLICAS, TAG, HOSTS, exact=False))),
    (CONFIG_MAP, Change(("data", "owner"), "team-a", "team-b", cause=because(HOSTS), expected=OWNER)),
    (SECRET, Change(("data", "password"), HIDDEN, HIDDEN, cause=because(PASSWORD))),
    (INGRESS, Change((), ABSENT, {"kind": "Ingress"}, cause=because(INGRESS_ON))),
    (MONITOR, Change((), ABSENT, {"kind": "ServiceMonitor"}, cause=because(INGRESS_ON))),
    (VOLUME, Change((), {"kind": "PersistentVolumeClaim"}, ABSENT, cause=because(STORAGE))),
    (OTHER_MAP, Change(("data", "either"), "c", "d", cause=because(TLS, ambiguous=True))),
    (OTHER_MAP, Change(("data", "app.yaml", "level"), "info", "debug", cause=because(REPLICAS))),
)


def diffs(*, why: bool = True) -> tuple[ObjectDiff, ...]:
    """The changes object by object."""
    found = []
    for pair, group in groupby(CHANGES, key=lambda one: one[0]):
        changes = (change if why else change._replace(cause=None) for _, change in group)
        found.append(ObjectDiff(pair, tuple(changes), (HOSTS, TLS) if why and pair is INGRESS else ()))
    return tuple(found)


def equal(*names: str) -> tuple[ObjectDiff, ...]:
    return tuple(ObjectDiff(Pair(obj("Service", name), obj("Service", name))) for name in names)


LEFT = (
    Left(ObjectId("apps", "Deployment", "", "web-prod"), "web/templates/deployment.yaml", ROLLED_AT, BOTH, ("now",)),
    Left(
        ObjectId("", "Secret", "", "web"), "web/templates/secret.yaml", ("data", "salt"), ("prod",), ("randAlphaNum",)
    ),
    Left(ObjectId("", "Secret", "", "web"), "web/templates/secret.yaml", ("data", "key"), ("prod",), ("randAlphaNum",)),
    Left(ObjectId("batch", "Job", "", "job-(moves)"), "web/templates/job.yaml", (), BOTH),
)
WRONG = Finding(
    "printed-twice",
    Severity.ERROR,
    "Pod/web",
    at("templates/pod", 2, 1),
    "Pod/web is printed twice",
    "Helm would refuse to install it",
    BOTH,
)
COMPARISON = Comparison(STAGE, PROD, (*diffs(), *equal("a", "b")), FACTORS, left=LEFT, renders=2004, findings=(WRONG,))
WITHOUT_CAUSES = Comparison(STAGE, PROD, (*diffs(why=False), *equal("a", "b")), renders=4)
NOTHING = Comparison(STAGE, PROD, equal(*"abcde"), (), renders=4)
FINDINGS = (
    Finding("schema-enum", Severity.ERROR, "kind", at("values-prod", 2, 1), "`kind` must be one of 1, 2"),
    Finding("overlay-repeats", Severity.WARNING, "name", at("values-prod", 3), "already so", "delete the line"),
    Finding(
        "render-fails", Severity.ERROR, "charts/web", Mark("web/templates/a.yaml"), "no\nport", environments=("a", "b")
    ),
    Finding("some-note", Severity.NOTE, "x", Mark("--set a=b"), "by the way"),
)

# what stands in a cluster, beside what a deployment would make of it
CHART = Factor(("chart",), "web 1, as released", "web 2, as it stands", setting=True)
LIVE_SIDE = targets.PROD._replace(environment="prod@live")
SCALED = Drift("kubectl", "scale", "2026-01-31T12:00:00Z")
LIVE = Comparison(
    LIVE_SIDE,
    targets.PROD,
    (
        ObjectDiff(
            DEPLOYMENT,
            (
                Change(("spec", "replicas"), 3, 60, cause=Cause((FACTORS[0],)), drift=SCALED),
                Change((*CONTAINER, "image"), "x:1", "x:2", drift=Drift("kubectl-set")),
            ),
        ),
        ObjectDiff(CONFIG_MAP, (Change(("data", "a"), "b", "c", cause=Cause((CHART,))),)),
        ObjectDiff(INGRESS, (Change((), ABSENT, {}, drift=Drift()),)),
        ObjectDiff(MONITOR, (Change((), ABSENT, {}, cause=Cause((FACTORS[3],)), drift=Drift()),)),
    ),
    factors=(FACTORS[0], FACTORS[3], CHART),
    left=(
        Left(
            obj("ConfigMap", "other").id,
            "web/templates/configmap.yaml",
            (),
            ("prod@live",),
            because="somebody may not patch it",
        ),
        Left(
            obj("Secret", "web").id,
            "web/templates/secret.yaml",
            (),
            ("prod@live",),
            because="somebody may not patch it",
        ),
    ),
    partial=True,
    kept=(Kept(obj("ConfigMap", "web").id, "web/templates/configmap.yaml", (("data", "more"),), Drift("edit")),),
    notes=("Hooks are not looked at",),
)
