"""Why a command could not run: one tree, turned into a message and an exit status at one boundary, in `cli`."""

from __future__ import annotations


class ChartgenError(Exception):
    """Could not run. `where` is a place such as `values.yaml:3:1`, `hint` the next step for whoever reads it."""

    status = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint


class UsageError(ChartgenError):
    """The command line names what is not there: a chart, an environment, a file."""


class ConfigError(ChartgenError):
    """chartgen.yaml cannot be read, or says what it cannot mean."""


class ValuesError(ChartgenError):
    """A values file, or a `--set`, cannot be read as values."""


class ValuesRefusedError(ValuesError):
    """The chart's schema refuses the values of an environment; the message is Helm's."""


class ChartError(ChartgenError):
    """A chart cannot be loaded: missing, incomplete, or not a chart."""


class RenderError(ChartgenError):
    """A template fails, takes too long, prints too much or prints what is not YAML."""


class EngineError(ChartgenError):
    """Helm itself is not to be had, or lacks what is asked of it."""
