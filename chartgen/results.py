"""What a comparison gives: a tree of objects, of what differs in each, and of why.

Frozen data, without logic but for counts, so that each has one home.
"""

from __future__ import annotations

from typing import NamedTuple

from chartgen.model import Finding, Key, KubeObject, Mark, ObjectId, ObjectPath, Target, Tree


class Pair(NamedTuple):
    """The same object on both sides of a comparison, or an object that only one side has."""

    before: KubeObject | None
    after: KubeObject | None


class Expected(NamedTuple):
    """A difference that chartgen.yaml declares as meant to be: by values key, or by object and path."""

    between: tuple[str, str]
    reason: str
    mark: Mark
    key: str = ""
    object: str = ""
    path: str = ""


class Factor(NamedTuple):
    """One difference between the inputs of two sides: a values key, or a `setting` such as the release or namespace.

    `idle` says why it has no effect, where that is known; `feeds`, which object's secret data it feeds, or may.
    `respells` says that it alters what is printed, whether or not that means something else; `fails`, that the chart
    does not render with it alone swapped, so that not all that it does was seen.
    """

    key: Key
    before: Tree
    after: Tree
    before_mark: Mark | None = None
    after_mark: Mark | None = None
    setting: bool = False
    feeds: str = ""
    idle: str = ""
    respells: bool = False
    fails: bool = False

    @property
    def id(self) -> tuple[bool, Key]:
        """What tells it from the other factors of a comparison."""
        return self.setting, self.key


class Cause(NamedTuple):
    """A smallest set of factors that makes a change.

    `any_of` means that each of them makes it alone. Not `exact`: one or more of them do. `ambiguous`: another set would
    do as well, and canonical order decided.
    """

    factors: tuple[Factor, ...]
    any_of: bool = False
    exact: bool = True
    ambiguous: bool = False


class Drift(NamedTuple):
    """Who has set what stands in the cluster, where it is not what Helm has put there.

    `manager` is the field manager, "" where nobody is known to hold the place; `subresource` is the way by which it was
    set, as scale; `time` is the last one at which the manager has set anything there, as Kubernetes writes it.
    """

    manager: str = ""
    subresource: str = ""
    time: str = ""


class Change(NamedTuple):
    """What differs at one place of one pair. The empty path stands for the object itself: it is on one side only.

    `equal` says that both sides mean the same to Kubernetes, as the quantities 1 and 1000m do; `derived`, that both are
    digests of something that has its own change. `cause` is None where causes were not asked for, or where it is the
    `drift` of a cluster.
    """

    path: ObjectPath
    before: Tree
    after: Tree
    equal: bool = False
    derived: bool = False
    cause: Cause | None = None
    expected: Expected | None = None
    drift: Drift | None = None


class ObjectDiff(NamedTuple):
    """What differs between the two objects of a pair; for an object on one side only, one change with an empty path.

    `shaped_by` are the factors that shape what stands in such an object, beside those that make it be there.
    """

    pair: Pair
    changes: tuple[Change, ...] = ()
    shaped_by: tuple[Factor, ...] = ()

    @property
    def id(self) -> ObjectId:
        """The object as it is called on the later side that has it."""
        return self.object.id

    @property
    def object(self) -> KubeObject:
        """The object as it is on the later side that has it."""
        return [obj for obj in self.pair if obj][-1]

    @property
    def differs(self) -> bool:
        """Whether the two differ in meaning."""
        return any(not change.equal for change in self.changes)


class Counts(NamedTuple):
    """How many objects of a comparison differ in meaning, are on one side only, and are equal in meaning."""

    differing: int
    only_before: int
    only_after: int
    equal: int


class Left(NamedTuple):
    """A place that is left out of a comparison; an empty path is the whole object.

    `because` says why in words, "" where what stands there moves. `calls` are the functions through which the chart
    asks the clock or chance.
    """

    object: ObjectId
    template: str
    path: ObjectPath
    environments: tuple[str, ...]
    calls: tuple[str, ...] = ()
    because: str = ""


class Kept(NamedTuple):
    """Places of an object in a cluster that somebody else than Helm has set, and that a deployment leaves alone."""

    object: ObjectId
    template: str
    paths: tuple[ObjectPath, ...]
    drift: Drift


class Comparison(NamedTuple):
    """All that can be said of two targets of a chart. `factors` is None where causes were not asked for.

    `left` are the places that move from render to render; `partial` says that not all was compared: something moves, or
    hooks were left out. `unmet` are expectations of the two environments that no change meets; none where causes were
    not asked for. `findings` are what is wrong with what was compared. `notes` are sentences on how it was compared,
    where a side is a release or a cluster; `kept`, what others have set there.
    """

    before: Target
    after: Target
    objects: tuple[ObjectDiff, ...]
    factors: tuple[Factor, ...] | None = None
    left: tuple[Left, ...] = ()
    partial: bool = False
    renders: int = 0
    unmet: tuple[Expected, ...] = ()
    findings: tuple[Finding, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> list[Change]:
        return [change for obj in self.objects for change in obj.changes]

    @property
    def counts(self) -> Counts:
        only_before = sum(obj.pair.after is None for obj in self.objects)
        only_after = sum(obj.pair.before is None for obj in self.objects)
        equal = sum(not obj.differs for obj in self.objects)
        return Counts(len(self.objects) - only_before - only_after - equal, only_before, only_after, equal)

    @property
    def unseen(self) -> int:
        """How many objects a cluster could not be asked about."""
        return sum(bool(left.because) for left in self.left)

    @property
    def unexpected(self) -> int:
        """How many changes differ in meaning and are not declared as expected."""
        return sum(not change.equal and change.expected is None for change in self.changes)
