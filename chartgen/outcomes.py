"""What commands on a cluster give: frozen data, without logic but for counts, and never a secret value."""

from __future__ import annotations

from typing import NamedTuple

from chartgen.model import Target


class Held(NamedTuple):
    """A key of a Secret that another field manager has set; `manager` is "" where nobody is known to have done so."""

    key: str
    manager: str


class AppliedSecret(NamedTuple):
    """What became of a Secret, or of a dry run would; `outcome` is created, updated or unchanged.

    `added`, `changed` and `removed` are keys. `taken` are those whose value another manager had set, `kept` those of
    others that are not meant. `unused` are names at the source that no key takes. `forgets` says that a
    last-applied-configuration annotation, which held values, goes.
    """

    name: str
    source: str
    outcome: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    taken: tuple[Held, ...] = ()
    kept: tuple[Held, ...] = ()
    unused: tuple[str, ...] = ()
    forgets: bool = False


class AppliedSecrets(NamedTuple):
    """The Secrets of a chart in one environment, applied; in a `dry_run` nothing was written."""

    target: Target
    secrets: tuple[AppliedSecret, ...]
    dry_run: bool = False


class Rotation(NamedTuple):
    """When a Secret's values were last set, as it says itself, "" where it does not; how often they are to be."""

    rotated_at: str
    age_days: int | None
    days: int

    @property
    def is_due(self) -> bool:
        return self.age_days is not None and self.age_days > self.days


class CheckedSecret(NamedTuple):
    """A Secret in its cluster, against what is needed of it; what it has are names of keys.

    `needed_by` says in words who needs it, nobody where all can do without it. `made_by` is who is to make it, "" where
    whoever deploys is. `needed` are keys, `missing` those of them that it lacks, and `optional` those that it lacks and
    may; `empty` are keys without a value, needed or not, and `extra` those that nobody names.
    """

    name: str
    namespace: str
    is_there: bool
    needed_by: tuple[str, ...] = ()
    made_by: str = ""
    needed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    rotation: Rotation | None = None

    @property
    def is_wanting(self) -> bool:
        """Whether something is needed and not there; what others make is theirs to make."""
        if not self.is_there:
            return bool(self.needed_by) and not self.made_by
        return bool(self.missing) or not set(self.needed).isdisjoint(self.empty)


class CheckedSecrets(NamedTuple):
    """The Secrets that a chart refers to in one environment."""

    target: Target
    secrets: tuple[CheckedSecret, ...]
