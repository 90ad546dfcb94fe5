"""The data that flows through the pipeline: frozen, without logic, importing nothing of chartgen.

Trees are what YAML gives: mappings, sequences, scalars. A *key* is the path of a value in a chart's values, a *path*
the place of a value in a rendered object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self, TypeAlias

Tree: TypeAlias = Any
"""A mapping with string keys, a sequence, or a scalar."""

Values: TypeAlias = Mapping[str, Tree]

Texts: TypeAlias = Mapping[str, str]
"""What a render prints: the text of each template, by its path `chart/templates/name.yaml`."""

Key: TypeAlias = tuple[str, ...]
"""Where a value stands in a chart's values: `("image", "tag")`. A list is one value, so there are no indices."""


class Absent:
    """The value of what is not there. There is one: `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


class Moving:
    """The value of what differs from render to render. There is one: `MOVING`."""

    def __repr__(self) -> str:
        return "(moves)"


class Hidden(NamedTuple):
    """The value of what must not be shown. `why` says in words, without the value, for what reason."""

    why: str

    def __repr__(self) -> str:
        return "(secret)"


ABSENT: Final = Absent()
MOVING: Final = Moving()


class Masked(str):
    """A text of which some pieces move from render to render: each of them reads `(moves)`.

    `fixed` are the pieces between those that move, one more than there are of them.
    """

    __slots__ = ("fixed",)
    fixed: tuple[str, ...]

    def __new__(cls, fixed: tuple[str, ...]) -> Self:
        made = super().__new__(cls, repr(MOVING).join(fixed))
        made.fixed = fixed
        return made


class Written(str):
    """A scalar inside of a text that is compared as it is written, since programs read it in different ways: `1.10`."""

    __slots__ = ()


NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
"""The default of a mapping."""


class Mark(NamedTuple):
    """A place, counted from 1. `line` 0 stands for the whole of `file`, `column` 0 for the whole line.

    A `file` that is no Path is none that can be opened: `--set a=…`, a template by Helm's name, standard output.
    """

    file: Path | str
    line: int = 0
    column: int = 0

    @property
    def order(self) -> tuple[str, int, int]:
        """A sort key."""
        return str(self.file), self.line, self.column


class Item(NamedTuple):
    """A step into a list whose items are known by a key: `[dv-pipecat]`."""

    keys: tuple[Any, ...]


Step: TypeAlias = "str | int | Item"
ObjectPath: TypeAlias = tuple[Step, ...]


class Override(NamedTuple):
    """A `--set`, `--set-string` or `--set-file` of the command line: the option and its argument."""

    option: str
    argument: str


class Target(NamedTuple):
    """One chart in one environment, resolved: all that Helm must be told to render it.

    `chart` is its folder as chartgen.yaml writes it, `directory` the same folder as it can be opened from here.
    `context` is its cluster, `cluster_uid` what tells that from all others, and `track_of` the environment beside which
    it runs there, as a canary beside stable. `revision` is its release's: from 2 on an upgrade, 0 where nothing is
    said.
    """

    chart: str
    directory: Path
    environment: str
    release: str
    namespace: str
    files: tuple[Path, ...]
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    context: str = ""
    cluster_uid: str = ""
    track_of: str = ""
    revision: int = 0
    marks: Mapping[str, Mark] = NOTHING


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
    """A rendered object, the template that printed it, and its document's text.

    `events` are those at which Helm runs it; it has none unless it is a hook. `generated` says that it has no name of
    its own: the API server makes one from `generateName`.
    `repeated` are the places at which a mapping of the text repeats a key: the last one counts. `moving` are the places
    that differ from render to render; in `body` they read MOVING or are Masked.
    """

    id: ObjectId
    body: Mapping[str, Tree]
    template: str
    text: str = ""
    events: frozenset[str] = frozenset()
    generated: bool = False
    repeated: tuple[ObjectPath, ...] = ()
    moving: tuple[ObjectPath, ...] = ()


Manifests: TypeAlias = Sequence[KubeObject]
"""All objects of a render, in the order in which the templates, by name, print them."""


class Severity(IntEnum):
    """How bad a finding is, in the words of GitHub annotations and SARIF."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Finding(NamedTuple):
    """Something wrong with an input: a result, not an exception."""

    rule: str
    severity: Severity
    subject: str
    where: Mark
    message: str
    hint: str = ""
    environments: tuple[str, ...] = ()
