"""Secrets for people: a line for each, and below it the names of the keys that matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chartgen.model import Target
from chartgen.outcomes import AppliedSecret, AppliedSecrets, CheckedSecret, CheckedSecrets, Held, Rotation
from chartgen.report.style import Style, chart

COLOURS = {"created": "green", "updated": "yellow", "unchanged": "dim"}
FORESEEN = {"created": "would be created", "updated": "would be updated", "unchanged": "unchanged"}
DAY = len("2026-01-01")


def applied(charts: Sequence[AppliedSecrets], style: Style) -> Iterator[str]:
    """What became of each Secret."""
    for each in charts:
        yield _head(each.target, style)
        width = max((len(secret.name) for secret in each.secrets), default=0)
        for secret in each.secrets:
            said = FORESEEN[secret.outcome] if each.dry_run else secret.outcome
            painted = style.paint(said, COLOURS[secret.outcome])
            yield f"  {secret.name.ljust(width)}  {painted}, from {secret.source}"
            yield from (f"      {line}" for line in _keys(secret))


def checked(charts: Sequence[CheckedSecrets], style: Style) -> Iterator[str]:
    """What there is of each Secret."""
    for each in charts:
        yield _head(each.target, style)
        width = max((len(secret.name) for secret in each.secrets), default=0)
        for secret in each.secrets:
            yield f"  {secret.name.ljust(width)}  {_state(secret, style)}"
            yield from (f"      {line}" for line in _found(secret, each.target))
        if not each.secrets:
            yield "  it refers to no Secret"


def _head(target: Target, style: Style) -> str:
    return (
        f"{style.paint(chart(target), 'bold')} {target.environment}, namespace {target.namespace} of {target.context}"
    )


def _keys(secret: AppliedSecret) -> Iterator[str]:
    yield from _named("added", secret.added if secret.outcome != "created" else ())
    yield from _named("keys", secret.added if secret.outcome == "created" else ())
    yield from _named("changed", secret.changed)
    yield from _named("removed", secret.removed)
    yield from _named("taken over", map(_held, secret.taken))
    yield from _named("not meant, but somebody else's; --prune removes it", map(_held, secret.kept))
    yield from _named("at the source, but not taken", secret.unused)
    if secret.forgets:
        yield "the annotation last-applied-configuration, which held values, goes"
    if secret.outcome == "updated" and not (secret.added or secret.changed or secret.removed or secret.forgets):
        yield "only its labels, its annotations or who holds its keys"


def _held(held: Held) -> str:
    return f"{held.key} ({held.manager or 'nobody known'})"


def _named(what: str, names: Iterable[str]) -> Iterator[str]:
    joined = ", ".join(names)
    if joined:
        yield f"{what}: {joined}"


def _state(secret: CheckedSecret, style: Style) -> str:
    if secret.is_wanting:
        return style.paint("incomplete" if secret.is_there else "missing", "red")
    if secret.is_there:
        return style.paint("there", "green")
    return f"not there; {f'{secret.made_by} makes it' if secret.made_by else 'nobody needs it'}"


def _found(secret: CheckedSecret, target: Target) -> Iterator[str]:
    yield from _named("in namespace", [secret.namespace] if secret.namespace != target.namespace else [])
    yield from _named("needed by", secret.needed_by if secret.is_wanting else ())
    yield from _named("missing", secret.missing)
    yield from _named("empty", secret.empty)
    yield from _named("may be missing", secret.optional)
    yield from _named("nobody asks for it by name", secret.extra)
    if secret.rotation:
        yield _rotated(secret.rotation)


def _rotated(rotation: Rotation) -> str:
    if rotation.age_days is None:
        return f"rotated: unknown; every {rotation.days} days"
    due = ": it is due" if rotation.is_due else ""
    return f"rotated {rotation.rotated_at[:DAY]}, {rotation.age_days} days ago, every {rotation.days}{due}"
