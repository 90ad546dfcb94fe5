"""What one place reads in the renders of two environments, and of mixtures of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from tools.prove.helm import RefusedError
from tools.prove.mixtures import Input, Sides
from tools.prove.objects import Identity, Printed, Twin, Wanted, exact, own, twins
from tools.prove.places import ABSENT, Tree, canonical, read
from tools.prove.renders import Renders
from tools.prove.repository import Compared

Json: TypeAlias = Mapping[str, Any]
NAMES = {"release", "namespace"}
"""Settings that give an object the name that it has on the other side."""


class Refused(NamedTuple):
    """What any place reads where helm does not render."""

    why: str

    def __repr__(self) -> str:
        return self.why


class There:
    """What is read of an object that one side lacks."""

    def __repr__(self) -> str:
        return "the object"


THERE: Final = There()


class Trial:
    """Experiments on one change. Sides are 0 and 1. All that is read may raise UnclearError.

    `twin` says which object is meant, where several share an identity.
    """

    def __init__(
        self, compared: Compared, sides: Sides, renders: Renders, change: Json, twin: Twin | None = None
    ) -> None:
        self._twin = twin
        self._environments = compared.environments
        self._sides = sides
        self._renders = renders
        said = [change["object"][side] for side in ("before", "after")]
        namespaces = [each.settings.namespace for each in self._environments]
        self._ids = [each and _identity(each, name) for each, name in zip(said, namespaces, strict=True)]
        self._templates = frozenset(each["template"] for each in said if each)
        self._path: str | None = change["path"]

    def twins(self) -> list[Twin | None]:
        """All that may be meant: chartgen's report does not tell apart what shares an identity."""
        return twins(map(self._renders.of, self._environments), self._known)

    def plain(self, number: int, render: Callable[..., Sequence[Printed]] | None = None) -> Tree:
        """The place in an environment, as whoever installs it has it."""
        objects = (render or self._renders.of)(self._environments[number])
        return self._read(exact(objects, self._ids[number] or self._known[0], self._twin))

    def moves(self) -> bool:
        """Whether the place reads otherwise when an environment is rendered once more."""
        again = (self.plain(number, self._renders.anew) for number in (0, 1))
        return any(not same(self.plain(number), value) for number, value in enumerate(again))

    def mixed(self, number: int, inputs: Iterable[Input] = ()) -> Tree:
        """The place in a side with some inputs taken from the other."""
        chosen = tuple(inputs)
        of_other = any(each.setting in NAMES for each in chosen)
        ids = self._known[::-1] if of_other != bool(number) else self._known
        taken = frozenset(one.id for each in self._environments for one in self._renders.of(each))
        wanted = Wanted(tuple(ids), self._templates, taken, self._sides.renamed | self._fullnames, self._twin)
        try:
            return self._read(wanted.find(self._renders.mixture(self._sides.mixed(number, chosen))))
        except RefusedError as error:
            return Refused(str(error))

    @property
    def _fullnames(self) -> frozenset[tuple[str, str]]:
        """What the helpers of `helm create` make of the two releases, in each chart that prints the object."""
        found = set()
        for chart in {part for each in self._templates for part in each.split("/templates/")[0].split("/charts/")}:
            one, other = (
                name if chart in name else f"{name}-{chart}"
                for name in (each.settings.release for each in self._environments)
            )
            found |= {(one, other), (other, one)}
        return frozenset(found)

    @property
    def _known(self) -> list[Identity]:
        return [each for each in self._ids if each]

    def _read(self, found: Printed | None) -> Tree:
        if found is None or self._path is None:
            return THERE if found else ABSENT
        return read(found.body, self._path)


def _identity(said: Json, namespace: str) -> Identity:
    return own(Identity(said["group"], said["kind"], said["namespace"], said["name"]), namespace)


def same(one: Tree, other: Tree) -> bool:
    """By value and type."""
    return canonical(one) == canonical(other)
