"""What a rule is: an id, what it means, which snapshots it takes, and the function that looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from chartgen.model import Key, KubeObject, Mark, Severity
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


class Scope(Enum):
    """Which snapshots a rule is handed at once."""

    ENVIRONMENT = "one environment"
    CHART = "the environments of a chart"
    REPOSITORY = "all charts"


class Part(Enum):
    """What a rule looks at. One that looks at manifests is handed only what renders; why the rest does not is told."""

    VALUES = "values"
    MANIFESTS = "manifests"


class InValues(NamedTuple):
    """A place: a key of a values layer."""

    layer: Layer
    key: Key


class InObject(NamedTuple):
    """A place: in the template of an object, where `text` stands if that is in one line only, or else its kind."""

    snapshot: Snapshot
    object: KubeObject
    text: str = ""


Place: TypeAlias = Mark | InValues | InObject


class Complaint(NamedTuple):
    """What a rule has found. `subject` is what a waiver names; the pipeline makes a Finding of it, with its line."""

    subject: str
    where: Place
    message: str
    hint: str = ""


Check: TypeAlias = Callable[[Sequence[Snapshot]], Iterable[Complaint]]


class Rule(NamedTuple):
    """One kind of finding. `check` is None where a stage finds it while a snapshot is made."""

    id: str
    severity: Severity
    summary: str
    scope: Scope
    part: Part = Part.VALUES
    check: Check | None = None
