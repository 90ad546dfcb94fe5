"""What helm prints for the environments of a chart and for mixtures of them, each asked for once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import yaml

from tools.prove.helm import Helm, RefusedError
from tools.prove.mixtures import Side
from tools.prove.objects import Printed, parse
from tools.prove.repository import Environment


class Renders:
    """Renders of one chart, each made once; from many threads."""

    def __init__(self, helm: Helm, chart: Path, bare: Path) -> None:
        self._helm = helm
        self._chart = chart
        self._bare = bare
        self._lock = threading.Lock()
        self._made: dict[object, Future[list[Printed]]] = {}

    def of(self, environment: Environment) -> list[Printed]:
        """As whoever installs it has it. Raises RefusedError."""
        return self._once(environment, lambda: self.anew(environment))

    def anew(self, environment: Environment) -> list[Printed]:
        """Once more: what moves from render to render reads otherwise. Raises RefusedError."""
        text = self._helm.template(self._chart, environment.settings, environment.files)
        return _parsed(text, environment.settings.namespace)

    def mixture(self, side: Side) -> list[Printed]:
        """Raises RefusedError."""
        values = side.as_json()

        def make() -> list[Printed]:
            text = self._helm.template(self._bare, side.settings, ["-"], values)
            return _parsed(text, side.settings.namespace)

        return self._once((side.settings, values), make)

    def _once(self, what: object, make: Callable[[], list[Printed]]) -> list[Printed]:
        with self._lock:
            made = self._made.get(what)
            mine = made is None
            made = self._made.setdefault(what, Future())
        if mine:
            try:
                made.set_result(make())
            except Exception as error:  # noqa: BLE001 - raised below, and for all who wait for it
                made.set_exception(error)
        return made.result()


def _parsed(text: str, namespace: str) -> list[Printed]:
    try:
        return parse(text, namespace)
    except yaml.YAMLError as error:
        raise RefusedError("") from error
