"""Two documents that are one object: Helm refuses to install them, or the last one wins.

Hooks of other events, hooks and objects of the release, and objects that the API server names may share a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from chartgen.kube.identity import canonical_group
from chartgen.model import KubeObject, Severity
from chartgen.rules.rule import Complaint, InObject, Part, Rule, Scope
from chartgen.sources.templates import file_of
from chartgen.values.snapshot import Snapshot


def check(snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    for snapshot in snapshots:
        seen: dict[object, KubeObject] = {}
        for obj in (each for each in snapshot.manifests if not each.generated):
            lies = obj.id.namespace or snapshot.target.namespace
            group = canonical_group(obj.id.group, obj.id.kind)
            identity = (group, obj.id.kind, lies, obj.id.name, obj.events)
            first = seen.get(identity)
            if first is None:
                seen[identity] = obj
            else:
                also = f", also by {_named(first, snapshot)}" if first.template != obj.template else ""
                where, hint = InObject(snapshot, obj), "Helm would refuse to install it"
                yield Complaint(str(obj.id), where, f"{obj.id} is printed twice{also}", hint)


def _named(obj: KubeObject, snapshot: Snapshot) -> str:
    directory = snapshot.target.directory
    file = file_of(directory, obj.template)
    return str(Path(snapshot.target.chart, file.relative_to(directory))) if file else obj.template


RULE = Rule(
    "printed-twice",
    Severity.ERROR,
    "two documents are one object",
    Scope.ENVIRONMENT,
    Part.MANIFESTS,
    check,
    compared=True,
)
