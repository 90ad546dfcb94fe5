"""What chartgen.yaml says: frozen, without logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chartgen.model import NOTHING, Mark
from chartgen.results import Expected


class ImageKeys(NamedTuple):
    """The values keys, spelt, by which a deployment chooses the image; "" where the chart has none.

    `marks` says where each of them is named.
    """

    repository: str = ""
    tag: str = ""
    digest: str = ""
    marks: Mapping[str, Mark] = NOTHING


class Source(NamedTuple):
    """Where a secret's values come from: `kind` is variable, stdin or pulumi.

    `name` is that of an environment variable, or of an environment of Pulumi ESC, `[ORG/]PROJECT/ENV`.
    """

    kind: str
    name: str = ""
    mark: Mark | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


ROTATION_DAYS = 90
"""After which secrets are to be set anew, where nothing else is said."""


class SecretEntry(NamedTuple):
    """A Secret that a chart needs and does not hold.

    `keys` are the names of its keys, each with the name that the value has at its source; without them every value is
    stored under its own name. `whole` is the one key of a Secret that holds the source's text as it is. `required` are
    keys that have to be there, `whole` among them; `multiline` those whose values may have several lines. `sources` are
    by environment.
    """

    name: str
    keys: Mapping[str, str] = NOTHING
    whole: str = ""
    required: tuple[str, ...] = ()
    multiline: tuple[str, ...] = ()
    rotation_days: int = ROTATION_DAYS
    sources: Mapping[str, Source] = NOTHING
    mark: Mark | None = None


class Environment(NamedTuple):
    """One environment of a chart. `marks` says where each setting stands, and each values file, as `values[0]`.

    `cluster_uid` is the UID of the cluster's kube-system namespace, which tells one cluster from another; `deadline` is
    how many seconds a rollout may take, 0 where nothing is said; `smoke_test`, whether `helm test` follows it.
    """

    name: str
    values: tuple[str, ...]
    release: str
    namespace: str
    kube_version: str = ""
    context: str = ""
    track_of: str = ""
    cluster_uid: str = ""
    deadline: int = 0
    smoke_test: bool = True
    marks: Mapping[str, Mark] = NOTHING


class ChartEntry(NamedTuple):
    """A chart and its environments. `path` is relative to the configuration's folder."""

    name: str
    path: str
    environments: Mapping[str, Environment]
    image: ImageKeys = ImageKeys()
    secrets: Mapping[str, SecretEntry] = NOTHING


class Waiver(NamedTuple):
    """A finding that is accepted: by rule and subject."""

    rule: str
    subject: str
    reason: str
    mark: Mark


class Public(NamedTuple):
    """A values key that chartgen.yaml declares to be no secret, with those below it."""

    key: str
    reason: str
    mark: Mark


class Config(NamedTuple):
    """What chartgen knows of a repository."""

    charts: Mapping[str, ChartEntry]
    expected: Sequence[Expected] = ()
    waivers: Sequence[Waiver] = ()
    public: Sequence[Public] = ()
