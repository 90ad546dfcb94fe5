"""The data that flows through the pipeline: frozen, without logic, importing nothing of chartgen.

Trees are what YAML gives: mappings, sequences, scalars. A *key* is the path of a value in a chart's values, a *path*
the place of a value in a rendered object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

Tree: TypeAlias = Any
"""A mapping with string keys, a sequence, or a scalar."""

Values: TypeAlias = Mapping[str, Tree]

Key: TypeAlias = tuple[str, ...]
"""Where a value stands in a chart's values: `("image", "tag")`. A list is one value, so there are no indices."""


class Absent:
    """The value of what is not there. There is one: `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


class Hidden:
    """The value of what must not be shown. There is one: `HIDDEN`."""

    def __repr__(self) -> str:
        return "(secret)"


ABSENT: Final = Absent()
HIDDEN: Final = Hidden()


NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
"""The default of a mapping."""


class Mark(NamedTuple):
    """A place in a file, counted from 1. `line` 0 stands for the whole of `file`, as with `--set a=b`."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Item(NamedTuple):
    """A step into a list whose items are known by a key: `[dv-pipecat]`."""

    keys: tuple[Any, ...]


Step: TypeAlias = "str | int | Item"
ObjectPath: TypeAlias = tuple[Step, ...]


class Layer(NamedTuple):
    """One source of values, the chart's own or one that is laid over it, with the text that positions are read from."""

    name: str
    values: Values
    text: str = ""


class Override(NamedTuple):
    """A `--set`, `--set-string` or `--set-file` of the command line: the option and its argument."""

    option: str
    argument: str


class Target(NamedTuple):
    """One chart in one environment, resolved: all that Helm must be told to render it."""

    chart: str
    directory: Path
    environment: str
    release: str
    namespace: str
    files: tuple[Path, ...]
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    marks: Mapping[str, Mark] = NOTHING

    def __str__(self) -> str:
        return f"{self.chart} {self.environment}"


class ObjectId(NamedTuple):
    """What makes two objects the same one. Without the version, or an API migration would read as remove plus add.

    `namespace` is as the object states it, mostly "": the release's own.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class KubeObject(NamedTuple):
    """A rendered object and the template that printed it."""

    id: ObjectId
    body: Mapping[str, Tree]
    template: str


Manifests: TypeAlias = Mapping[ObjectId, KubeObject]


class Severity(IntEnum):
    """How bad a finding is, in the words of GitHub annotations and SARIF."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Finding(NamedTuple):
    """Something wrong with an input: a result, not an exception.

    `where` is a whole file, in findings about a values key, until the pipeline has looked up where `key` stands in it.
    """

    rule: str
    severity: Severity
    subject: str
    where: Mark
    message: str
    hint: str = ""
    key: Key = ()
    environments: tuple[str, ...] = ()


class World(NamedTuple):
    """What rules see: a chart, the values layers of each of its environments, and the files that none of them names."""

    chart: str
    environments: Mapping[str, Sequence[Layer]]
    unused_files: Sequence[str] = ()


class Pair(NamedTuple):
    """The same object on both sides of a comparison, or an object that only one side has."""

    before: KubeObject | None
    after: KubeObject | None


class Change(NamedTuple):
    """What differs at one place of one pair. The empty path stands for the object itself: it is on one side only.

    `equal` says that both sides mean the same to Kubernetes, as the quantities 1 and 1000m do.
    """

    pair: Pair
    path: ObjectPath
    before: Tree
    after: Tree
    equal: bool = False


class Cause(NamedTuple):
    """A smallest set of factors that makes a change. `factors` are indices into `Comparison.factors`.

    `any_of` means that each of them makes it alone. Not `exact`: one or more of them do. `ambiguous`: another set would
    do as well, and canonical order decided.
    """

    factors: tuple[int, ...]
    any_of: bool = False
    exact: bool = True
    ambiguous: bool = False


class Factor(NamedTuple):
    """One difference between the inputs of two sides: a values key, or the release, namespace or Kubernetes version."""

    key: Key
    before: Tree
    after: Tree
    before_mark: Mark | None = None
    after_mark: Mark | None = None
    setting: bool = False
    """Not a values key: release, namespace, kubeVersion."""
    secret: bool = False


class Comparison(NamedTuple):
    """All that can be said of two targets of a chart. `causes` is None where they were not asked for."""

    before: Target
    after: Target
    changes: Sequence[Change]
    equal_objects: int
    factors: Sequence[Factor] = ()
    causes: Sequence[Cause] | None = None
    shapes: Mapping[int, tuple[int, ...]] = NOTHING
    """For a change that is a whole object: the factors that shape what stands in it."""
    idle: Mapping[int, str] = NOTHING
    """For a factor without effect: why, where it is known."""
    expected: Mapping[int, str] = NOTHING
    """Changes that chartgen.yaml declares as expected, with the reason it gives."""
    unstable: Sequence[str] = ()
    """Templates whose text differs from render to render; their objects are left out."""
    renders: int = 0

    @property
    def unexpected(self) -> int:
        """How many changes differ in meaning and are not declared as expected."""
        return sum(not change.equal and index not in self.expected for index, change in enumerate(self.changes))
