"""Which Secrets are to be applied, and what each of them is to hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from chartgen.config.delivery import source as parsed
from chartgen.config.forms import SOURCE
from chartgen.config.model import ChartEntry, SecretEntry, Source
from chartgen.delivery import origins
from chartgen.delivery.contents import Content, Data, content
from chartgen.delivery.jsontexts import Unfit
from chartgen.delivery.origins import Origins
from chartgen.errors import SourceError, UsageError
from chartgen.keypath import did_you_mean
from chartgen.model import Target
from chartgen.sources.files import Repository

MAX_FAULTS = 20
"""Of one Secret, that are told."""


class Wanted(NamedTuple):
    """A Secret of a target, and where its values come from."""

    target: Target
    entry: SecretEntry
    source: Source


class Desired(NamedTuple):
    """A Secret as it is to be; `source` is how it says where its values come from."""

    target: Target
    entry: SecretEntry
    source: str
    data: Data
    unused: tuple[str, ...] = ()


def given_sources(texts: Sequence[str]) -> dict[str, Source]:
    """Sources by the name of their Secret, of SECRET=SOURCE on the command line. Raises UsageError.

    What is none is not repeated: it may be the values themselves.
    """
    found: dict[str, Source] = {}
    for text in texts:
        name, _, rest = text.partition("=")
        if not SOURCE.pattern.fullmatch(rest):
            raise UsageError("what stands after `=` in --from is no source of secrets", hint=SOURCE.hint)
        if name in found:
            raise UsageError("--from names a Secret twice")
        found[name] = parsed(rest)
    return found


def wanted(
    repository: Repository,
    entries: Sequence[ChartEntry],
    environment: str,
    given: Mapping[str, Source],
    only: Collection[str] = (),
) -> list[Wanted]:
    """The Secrets of the charts that have the environment, in order; `only` some where any are named.

    Raises UsageError where one, or its source, is not known.
    """
    charts = [entry for entry in entries if environment in entry.environments and entry.secrets]
    if not charts:
        raise UsageError(f"no chart that has `{environment}` declares Secrets", hint="see `secrets` in chartgen.yaml")
    known = [name for chart in charts for name in chart.secrets]
    for name in only:
        if name not in known:
            hint = did_you_mean(name, known, f"known: {', '.join(known)}")
            raise UsageError(f"no Secret is called `{name}` in chartgen.yaml", hint=hint)
    if given and len(charts) > 1:
        raise UsageError("--from is meant for one chart", hint="name it with -c")
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known, f"known: {', '.join(known)}")
            raise UsageError(f"{charts[0].name} declares no Secret of the name in --from", hint=hint)
    found = [
        Wanted(repository.target(chart, environment), secret, _source(chart, secret, environment, given))
        for chart in charts
        for secret in chart.secrets.values()
        if not only or secret.name in only
    ]
    _check_shared(found)
    if sum(each.source.kind == origins.STDIN for each in found) > 1:
        raise UsageError("standard input holds the values of one Secret, and several are to come from there")
    return found


def _check_shared(found: Sequence[Wanted]) -> None:
    """One Secret that two charts declare would have the keys of one at a time."""
    seen: set[tuple[str, str, str]] = set()
    for each in found:
        place = each.target.context, each.target.namespace, each.entry.name
        if place in seen:
            words = f"{each.entry.name} in namespace {each.target.namespace} is declared by two charts"
            raise UsageError(words, where=each.entry.mark, hint="declare it with one of them")
        seen.add(place)


def _source(chart: ChartEntry, secret: SecretEntry, environment: str, given: Mapping[str, Source]) -> Source:
    """A canary takes what the environment takes beside which it runs."""
    beside = chart.environments[environment].track_of
    found = given.get(secret.name) or secret.sources.get(environment) or secret.sources.get(beside)
    if found is None:
        raise UsageError(
            f"{chart.name} {environment}: it is not said where {secret.name} comes from",
            where=secret.mark,
            hint=f"with --from {secret.name}=SOURCE, or in chartgen.yaml by `from: {{{environment}: SOURCE}}`",
        )
    return found


def read(secrets: Sequence[Wanted], sources: Origins) -> list[Desired]:
    """Each with its values. Raises SourceError, with all that is wrong with any of them."""
    found = [_read(each, sources) for each in secrets]
    lines = [
        line
        for each, (_, one) in zip(secrets, found, strict=True)
        if one.faults
        for line in (f"{each.entry.name}, from {each.source}:", *(f"  {fault}" for fault in _some(one.faults)))
    ]
    if lines:
        raise SourceError("\n  ".join(["these values cannot be stored, and nothing is written", *lines]))
    return [
        Desired(each.target, each.entry, source, one.data, one.unused)
        for each, (source, one) in zip(secrets, found, strict=True)
    ]


def _read(each: Wanted, sources: Origins) -> tuple[str, Content]:
    try:
        text = sources.text(each.source)
        return origins.spelled(each.source), content(each.entry, text, is_esc=each.source.kind == origins.PULUMI)
    except Unfit as unfit:
        return "", Content(Data(), (f"it {unfit}",))


def _some(faults: Sequence[str]) -> list[str]:
    more = len(faults) - MAX_FAULTS
    return [*faults[:MAX_FAULTS], *([f"and {more} more"] if more > 0 else [])]
