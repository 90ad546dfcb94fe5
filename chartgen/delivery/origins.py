"""Where the values of Secrets come from: each source is read once, and all of them before anything is written."""

from __future__ import annotations

from typing import BinaryIO

from chartgen.config.model import Source
from chartgen.delivery import pulumi
from chartgen.delivery.jsontexts import Unfit
from chartgen.delivery.withheld import VARIABLE, Withheld

PULUMI = "pulumi"
STDIN = "stdin"
MAX_BYTES = 8 * 1024 * 1024
"""Of a source: what escapes make of the largest Secret."""


class Origins:
    """The sources as they can be read from here. `stdin` is None where that is closed."""

    def __init__(self, withheld: Withheld, stdin: BinaryIO | None, pulumi_seconds: float = pulumi.SECONDS) -> None:
        self._withheld = withheld
        self._stdin = stdin
        self._pulumi_seconds = pulumi_seconds
        self._opened: dict[str, bytes | Unfit] = {}

    def text(self, source: Source) -> bytes:
        """What a source gives. Raises Unfit."""
        if source.kind == VARIABLE:
            return self._variable(source.name)
        if source.kind == STDIN:
            return self._standard_input()
        found = self._opened.get(source.name)
        if found is None:
            found = self._opened[source.name] = self._environment(source.name)
        if isinstance(found, Unfit):
            raise Unfit(*found.args)
        return found

    def _environment(self, name: str) -> bytes | Unfit:
        try:
            return pulumi.opened(name, self._pulumi_seconds)
        except Unfit as unfit:
            return unfit

    def _variable(self, name: str) -> bytes:
        found = self._withheld.get(name)
        if found is None:
            raise Unfit("is not set")
        return found

    def _standard_input(self) -> bytes:
        if self._stdin is None:
            raise Unfit("is closed")
        if self._stdin.isatty():
            raise Unfit("is a terminal: pipe the values in")
        found = self._stdin.read(MAX_BYTES + 1)
        if len(found) > MAX_BYTES:
            raise Unfit("is larger than 8 MiB")
        return found


def spelled(source: Source) -> str:
    """As the Secret itself says where its values come from. Raises Unfit."""
    return f"{PULUMI}:{pulumi.full_name(source.name)}" if source.kind == PULUMI else str(source)
