"""Findings that chartgen.yaml accepts, and what is wrong with the waivers that do so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chartgen.config.model import Waiver
from chartgen.keypath import did_you_mean
from chartgen.model import Finding
from chartgen.rules.registry import RULES, finding
from chartgen.rules.rule import Complaint


def _names(waiver: Waiver, found: Finding) -> bool:
    return (waiver.rule, waiver.subject) == (found.rule, found.subject)


def accepted(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """The findings without those that are waived."""
    return [found for found in findings if not any(_names(waiver, found) for waiver in waivers)]


def unknown(waivers: Iterable[Waiver]) -> Iterator[Finding]:
    """Waivers of rules that do not exist."""
    for waiver in waivers:
        if waiver.rule not in RULES:
            hint = did_you_mean(waiver.rule, RULES, "chartgen's docs/rules.md lists them")
            complaint = Complaint(waiver.rule, waiver.mark, f"no rule is called `{waiver.rule}`", hint)
            yield finding(RULES["waiver-unknown-rule"], complaint, waiver.mark)


def unused(findings: Sequence[Finding], waivers: Iterable[Waiver]) -> Iterator[Finding]:
    """Waivers that match none of all findings."""
    for waiver in waivers:
        if waiver.rule in RULES and not any(_names(waiver, found) for found in findings):
            complaint = Complaint(
                f"{waiver.rule} {waiver.subject}",
                waiver.mark,
                f"no finding of `{waiver.rule}` is about `{waiver.subject}`",
                "delete the waiver, or correct its subject: `-o json` gives it",
            )
            yield finding(RULES["waiver-unused"], complaint, waiver.mark)
