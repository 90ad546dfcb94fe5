"""The SDK where it can do what is asked, the binary elsewhere."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from chartgen.errors import EngineError
from chartgen.helm.engine import SECONDS, Chart, Engine
from chartgen.model import Target


def engine(name: str, seconds: float = SECONDS) -> Engine:
    """The engine of this name: auto, sdk or binary; it gives up a render after so many seconds.

    Raises EngineError where the SDK has no build for this platform.
    """
    if name == "binary":
        return _Within(seconds, _module("binary"))
    try:
        sdk = _module("sdk")
    except Exception as error:
        if name == "sdk":
            raise EngineError(f"the Helm SDK cannot be loaded: {error}", hint="use --engine binary") from error
        return _Within(seconds, _module("binary"))
    return _Within(seconds, sdk) if name == "sdk" else _Auto(seconds, sdk)


class _Module(Engine, Protocol):
    """An engine that asks how long a render may take."""

    def open_chart(self, *targets: Target, seconds: float = SECONDS) -> Chart: ...


def _module(name: str) -> _Module:
    return cast("_Module", import_module(f"chartgen.helm.{name}"))


class _Within:
    """An engine that has been told how long a render may take."""

    def __init__(self, seconds: float, module: _Module) -> None:
        self._seconds = seconds
        self._module = module
        self.read_values = module.read_values
        self.read_override = module.read_override

    def open_chart(self, *targets: Target) -> Chart:
        return self._module.open_chart(*targets, seconds=self._seconds)


class _Auto(_Within):
    """The SDK, until a chart or a command line needs more than it has."""

    def open_chart(self, *targets: Target) -> Chart:
        try:
            return super().open_chart(*targets)
        except EngineError as reason:
            try:
                return _module("binary").open_chart(*targets, seconds=self._seconds)
            except EngineError:
                raise reason from None
