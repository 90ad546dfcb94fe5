"""What a rule is: an id, what it means, which snapshots it takes, and the function that looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from chartgen.model import Key, KubeObject, Mark, Severity
from chartgen.values.layers import Layer
from chartgen.values.snapshot import Snapshot


class Scope(Enum):
    """Which snapshots a rule is handed at once, of those that the command line asks about.

    A rule over values of a chart is handed all of its environments: whether a line repeats what is so, all that use its
    file decide. Findings about files that only others use are left out.
    """

    ENVIRONMENT = "one environment"
    CHART = "the environments of a chart"
    REPOSITORY = "the environments of all charts"


class Part(Enum):
    """What a rule looks at. One that looks at manifests is handed what renders; why the rest does not is a finding."""

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
    """What a rule has found, of which `checking` makes a Finding with its line. `subject` is what a waiver names.

    `environments` are those in which it is so, where a rule that looks at several knows.
    """

    subject: str
    where: Place
    message: str
    hint: str = ""
    environments: tuple[str, ...] = ()


Check: TypeAlias = Callable[[Sequence[Snapshot]], Iterable[Complaint]]


class Rule(NamedTuple):
    """One kind of finding. `check` is None where a stage finds it while a snapshot is made.

    `compared` says that a comparison of two environments says it too, since it bears on what is compared.
    """

    id: str
    severity: Severity
    summary: str
    scope: Scope
    part: Part = Part.VALUES
    check: Check | None = None
    compared: bool = False
