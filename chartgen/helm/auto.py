"""The SDK where it can do what is asked, the binary elsewhere."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import cast

from chartgen.errors import EngineError
from chartgen.helm.engine import Chart, Engine
from chartgen.model import Target


def engine(name: str) -> Engine:
    """The engine of this name: auto, sdk or binary. Raises EngineError where the SDK has no build for this platform."""
    if name == "binary":
        return _module("binary")
    try:
        sdk = _module("sdk")
    except Exception as error:
        if name == "sdk":
            raise EngineError(f"the Helm SDK cannot be loaded: {error}", hint="use --engine binary") from error
        return _module("binary")
    return sdk if name == "sdk" else _Auto(sdk)


def _module(name: str) -> Engine:
    module: ModuleType = import_module(f"chartgen.helm.{name}")
    return cast("Engine", module)


class _Auto:
    """The SDK, until a chart or a command line needs more than it has."""

    def __init__(self, sdk: Engine) -> None:
        self._sdk = sdk
        self.read_values = sdk.read_values
        self.read_override = sdk.read_override

    def open_chart(self, *targets: Target) -> Chart:
        try:
            return self._sdk.open_chart(*targets)
        except EngineError as reason:
            try:
                return _module("binary").open_chart(*targets)
            except EngineError:
                raise reason from None
