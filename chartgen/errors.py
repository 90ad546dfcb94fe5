"""Why a command could not run: one tree, turned into a message and an exit status at one boundary, in `cli`."""

from __future__ import annotations

from collections.abc import Sequence

from chartgen.model import Finding, Mark, Target


class ChartgenError(Exception):
    """Could not run. `hint` is the next step for whoever reads it; `{where}` in it stands for the place as it is shown.

    `target` is what it was about, where the place alone does not tell.
    """

    status = 2

    def __init__(
        self, message: str, *, where: Mark | None = None, hint: str = "", target: Target | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.target = target

    def __str__(self) -> str:
        return f"{self.target.chart} {self.target.environment}: {self.message}" if self.target else self.message


class UsageError(ChartgenError):
    """The command line names what is not there: a chart, an environment, a file."""


class ConfigError(ChartgenError):
    """chartgen.yaml cannot be read, or says what it cannot mean."""


class ValuesError(ChartgenError):
    """A values file, or a `--set`, cannot be read as values."""


class ValuesRefusedError(ValuesError):
    """The chart's schema refuses the values of an environment: in Helm's words, until `findings` say where and why."""

    findings: Sequence[Finding] = ()


class ChartError(ChartgenError):
    """A chart cannot be loaded: missing, incomplete, or not a chart."""


class RenderError(ChartgenError):
    """A template fails, takes too long, prints too much or prints what is not YAML."""


class EngineError(ChartgenError):
    """Helm itself is not to be had, or lacks what is asked of it."""


class ClusterError(ChartgenError):
    """A cluster cannot be reached, is not the one that is meant, or does not do what it is asked."""


class RefusedError(ClusterError):
    """The API server has answered that it will not: `status` is HTTP's.

    For want of rights: a quota or an admission check, which `is_of_a_check` says, may have the same status.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        is_for_want_of_rights: bool = False,
        is_of_a_check: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_for_want_of_rights = is_for_want_of_rights
        self.is_of_a_check = is_of_a_check


class SourceError(ChartgenError):
    """What secrets come from cannot be read, or is not fit to be stored."""
