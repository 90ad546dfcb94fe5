"""What of Secrets is needed in an environment, against what is there: by name, without a value."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from chartgen import pipeline
from chartgen.cluster.session import Cluster, Place, open_cluster
from chartgen.config.model import ROTATION_DAYS, ChartEntry, SecretEntry
from chartgen.delivery.changes import data_of
from chartgen.delivery.rotation import ROTATED_AT, rotation
from chartgen.errors import ClusterError
from chartgen.helm.engine import Engine
from chartgen.manifests.secret_references import Name, Reference, made, references
from chartgen.model import NOTHING, KubeObject, Target, Tree
from chartgen.outcomes import CheckedSecret, CheckedSecrets

ISSUED = "who issues certificates"
DECLARED = "chartgen.yaml"


def check(target: Target, entry: ChartEntry, engine: Engine, now: datetime, *, hooks: bool = True) -> CheckedSecrets:
    """Raises ChartgenError where the chart does not render, or the cluster cannot be asked."""
    objects = pipeline.objects(target, engine, hooks=hooks)
    with open_cluster(target) as cluster:
        found = [
            _checked(wanted, _live(cluster, target, wanted), entry.secrets.get(wanted.name), now)
            for wanted in needs(objects, entry, target.namespace)
        ]
    return CheckedSecrets(target, tuple(found))


def needs(objects: Iterable[KubeObject], entry: ChartEntry, namespace: str) -> Iterator[CheckedSecret]:
    """The Secrets that are referred to, and those that chartgen.yaml declares, before anybody has looked for them.

    What the chart itself renders is not needed from elsewhere.
    """
    objects = list(objects)
    makers = {(of or namespace, name): str(maker) for (of, name), maker in made(objects).items()}
    asked: dict[Name, list[Reference]] = {(namespace, name): [] for name in entry.secrets}
    for each in references(objects):
        of, name = each.secret
        asked.setdefault((of or namespace, name), []).append(each)
    for (of, name), some in asked.items():
        maker = makers.get((of, name), "")
        if not maker.startswith("Secret/"):
            declared = entry.secrets.get(name) if of == namespace else None
            yield _needed(CheckedSecret(name, of, is_there=False, made_by=maker), some, declared)


def _needed(secret: CheckedSecret, asked: list[Reference], declared: SecretEntry | None) -> CheckedSecret:
    certain = [each for each in asked if not each.is_optional]
    names = dict.fromkeys([*([DECLARED] if declared else []), *(str(each.by) for each in certain)])
    keys = dict.fromkeys([*(declared.required if declared else ()), *(key for each in certain for key in each.keys)])
    others = [*(declared.keys if declared else ()), *(key for each in asked for key in each.keys)]
    is_issued = bool(asked) and all(each.is_certificate for each in asked) and not declared
    return secret._replace(
        needed_by=tuple(names),
        made_by=secret.made_by or (ISSUED if is_issued else ""),
        needed=tuple(keys),
        optional=tuple(dict.fromkeys(key for key in others if key not in keys)),
    )


def _live(cluster: Cluster, target: Target, wanted: CheckedSecret) -> Mapping[str, Tree] | None:
    try:
        return cluster.get(Place("v1", "Secret", wanted.namespace, wanted.name))
    except ClusterError as error:
        raise ClusterError(f"{wanted.name} cannot be looked at: {error.message}", target=target) from None


def _checked(
    wanted: CheckedSecret, live: Mapping[str, Tree] | None, declared: SecretEntry | None, now: datetime
) -> CheckedSecret:
    if live is None:
        return wanted._replace(missing=wanted.needed)
    there = data_of(live)
    known = {*wanted.needed, *wanted.optional}
    says = ROTATED_AT in (live["metadata"].get("annotations") or NOTHING)
    days = declared.rotation_days if declared else ROTATION_DAYS
    return wanted._replace(
        is_there=True,
        missing=tuple(key for key in wanted.needed if key not in there),
        optional=tuple(key for key in wanted.optional if key not in there),
        empty=tuple(key for key, value in there.items() if _is_blank(value)),
        extra=tuple(key for key in there if key not in known),
        rotation=rotation(live, days, now) if declared or says else None,
    )


def _is_blank(value: str) -> bool:
    with suppress(ValueError):
        return not b64decode(value).strip()
    return False
