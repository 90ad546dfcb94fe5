"""What is known of each side of a comparison: what Helm recorded, and what those values make of the chart at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import yaml

from chartgen.cluster.session import Cluster
from chartgen.errors import ChartError, RenderError, ValuesError, ValuesRefusedError
from chartgen.goyaml.loader import Loader
from chartgen.helm.engine import Chart
from chartgen.manifests import parsing
from chartgen.model import KubeObject, Mark, Target
from chartgen.results import Factor
from chartgen.sources import release
from chartgen.sources.files import read_text
from chartgen.sources.release import DEPLOYED, SUPERSEDED, Release
from chartgen.sources.sides import LIVE, SideName
from chartgen.values.layers import Layer
from chartgen.values.reading import Reader
from chartgen.values.snapshot import Snapshot

METADATA = "Chart.yaml"
UPGRADES = frozenset({"IsInstall", "IsUpgrade", "Revision"})
"""What tells templates of the revision."""


class Side(NamedTuple):
    """One side of a comparison: an environment, and the state of it that is meant."""

    target: Target
    name: SideName


class Known(NamedTuple):
    """A side and what is known of it.

    `target` is called as the side is. `cluster` is None of files. `release` is the one that is meant, of what is live
    the current one; None of files, and where there is none. `recorded` are its objects. `snapshot` is of the files, or
    of the recorded values with the chart at hand; None where these do not go with it, as `note` says.
    """

    target: Target
    state: str
    cluster: Cluster | None = None
    release: Release | None = None
    recorded: Sequence[KubeObject] = ()
    snapshot: Snapshot | None = None
    note: str = ""

    @property
    def objects(self) -> Sequence[KubeObject]:
        """What Helm would apply, or has: of files as they render first."""
        return self.recorded if self.state or not self.snapshot else self.snapshot.manifests


def known(side: Side, cluster: Cluster | None, chart: Chart, reader: Reader) -> Known:
    """Raises ChartgenError."""
    if not side.name.state or cluster is None:
        return Known(side.target, "", snapshot=Snapshot(side.target, chart, reader.layers(side.target)))
    if side.name.state == LIVE:
        found, label = release.current(cluster, side.target), f"{side.name.environment}@live"
    else:
        found = release.recorded(cluster, side.target, side.name.revision)
        label = f"{side.name.environment}@release:{found.revision}"
    revised = in_revision(side, found.revision if found else 0, chart).target
    target = revised._replace(environment=label, files=(), overrides=())
    if found is None:
        return Known(target, side.name.state, cluster)
    recorded = parsing.objects({**found.manifest, **_after(found)})
    about = Known(target, side.name.state, cluster, found, recorded, note=_status(found, target.release))
    layers = (reader.layers(target)[0], Layer(f"{side.name.environment}@release:{found.revision}", found.values))
    snapshot = Snapshot(target, chart, layers)
    try:
        snapshot.manifests  # noqa: B018 - whether it renders
    except (RenderError, ValuesError, ValuesRefusedError):
        words = f"The values of {label} do not go with the chart as it stands, so they tell no cause"
        return about._replace(note="; ".join(filter(None, (about.note, words))))
    return about._replace(snapshot=snapshot)


def _after(found: Release) -> Mapping[str, str]:
    """Its hooks, behind what the same template prints beside them."""
    return {name: f"{found.manifest.get(name, '')}\n---\n{text}" for name, text in found.hooks.items()}


def _status(found: Release, name: str) -> str:
    if found.newer:
        return f"Release {name} is looked at in revision {found.revision}, which is {found.status}: {found.newer}"
    if found.status not in {DEPLOYED, SUPERSEDED}:
        return f"Revision {found.revision} of release {name} is {found.status}: the cluster may have a part of it"
    return ""


def in_revision(side: Side, revision: int, chart: Chart) -> Side:
    """A side in a revision of its release, where templates ask for it."""
    asks = not chart.asks.isdisjoint(UPGRADES)
    return side._replace(target=side.target._replace(revision=revision)) if asks else side


def as_in(cluster: Cluster | None, target: Target) -> Target:
    """A target as Helm renders it for a cluster."""
    if cluster is None:
        return target
    return target._replace(kube_version=cluster.version, api_versions=cluster.api_versions)


def chart_factor(before: Known, after: Known) -> Factor:
    """What stands for a change of the chart between two sides."""
    return Factor(("chart",), _chart(before), _chart(after), after_mark=_mark(after), setting=True)


def _chart(side: Known) -> str:
    if side.release:
        return f"{side.release.chart}, as released"
    try:
        found = yaml.load(read_text(side.target.directory / METADATA), Loader)  # noqa: S506 - it makes plain data only
        return f"{found['name']} {found['version']}, as it stands"
    except (ChartError, KeyError, TypeError, yaml.YAMLError):
        return "as it stands"


def _mark(side: Known) -> Mark | None:
    return None if side.release else Mark(side.target.directory / METADATA)
