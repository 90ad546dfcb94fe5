"""What moves from render to render: it differs for no reason, and is left out of a comparison by name."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple, TypeAlias

from chartgen.manifests.parsing import collect, is_hook, objects
from chartgen.model import KubeObject, Manifests, Texts
from chartgen.secrets import secrets_of

Renders: TypeAlias = tuple[Texts, Texts]
"""The texts of one side, twice."""


class Stable(NamedTuple):
    """What two sides print each time. `unstable` are the templates that do not; `secrets`, those of all renders."""

    texts: Renders
    unstable: tuple[str, ...]
    secrets: tuple[KubeObject, ...]

    @property
    def moving(self) -> bool:
        """Whether some Secret differs from render to render."""
        return any(secret.template in self.unstable for secret in self.secrets)

    def manifests(self, side: int, *, hooks: bool) -> Manifests:
        """The objects of side 0 or 1. Raises RenderError."""
        return collect(obj for obj in objects(self.texts[side]) if hooks or not is_hook(obj))


def stable(before: Renders, after: Renders) -> Stable:
    """What two sides, each rendered twice, print each time. Raises RenderError where it is no manifest."""
    unstable = {name for one, two in (before, after) for name, text in one.items() if text != two.get(name)}
    first, second = ({name: text for name, text in one.items() if name not in unstable} for one, _ in (before, after))
    printed = chain.from_iterable(map(objects, (*before, *after)))
    return Stable((first, second), tuple(sorted(unstable)), tuple(secrets_of(printed)))
