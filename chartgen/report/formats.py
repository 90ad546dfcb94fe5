"""The formats: what can be written, and what writes it: a module with one function, `write`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, TextIO, TypeAlias

from chartgen.manifests.ordering import Document
from chartgen.model import Finding
from chartgen.outcomes import AppliedSecrets, CheckedSecrets
from chartgen.report.style import Style
from chartgen.results import Comparison, Expected


class Comparisons(NamedTuple):
    """What `diff` has found. `unmet` are expectations of the two environments that no difference meets.

    `explained` asks the text to say of each hidden value why it is; other formats do so anyway.
    """

    comparisons: Sequence[Comparison]
    by_object: bool = False
    unmet: Sequence[Expected] = ()
    explained: bool = False


class Findings(NamedTuple):
    """What `validate` has found."""

    findings: Sequence[Finding]


class Manifests(NamedTuple):
    """What `render` gives."""

    documents: Sequence[Document]


class SecretsApplied(NamedTuple):
    """What `secrets apply` has done."""

    charts: Sequence[AppliedSecrets]


class SecretsChecked(NamedTuple):
    """What `secrets check` has found."""

    charts: Sequence[CheckedSecrets]


Report: TypeAlias = Comparisons | Findings | Manifests | SecretsApplied | SecretsChecked


class Format(NamedTuple):
    """`module`, of this package, is imported when the format is asked for; it `writes` these reports."""

    module: str
    writes: frozenset[type[Report]]


FORMATS = {
    "text": Format("text", frozenset({Comparisons, Findings, SecretsApplied, SecretsChecked})),
    "yaml": Format("as_yaml", frozenset({Manifests})),
    "json": Format("as_json", frozenset({Comparisons, Findings, Manifests, SecretsApplied, SecretsChecked})),
}


def formats_of(report: type[Report]) -> list[str]:
    """The names of the formats for a kind of report, the default first."""
    return [name for name, each in FORMATS.items() if report in each.writes]


def write(report: Report, name: str, stream: TextIO, style: Style) -> None:
    """Write a report in a format that there is for it."""
    import_module(f"chartgen.report.{FORMATS[name].module}").write(report, stream, style)
