"""The registry: every kind of finding there is. A module of this folder whose name says what it looks at is a rule."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from chartgen.model import Finding, Mark
from chartgen.rules import stages
from chartgen.rules.rule import Complaint, Rule

PREFIXES = ("values_", "manifest_", "release_")


def _found(folder: Iterable[str]) -> Iterator[Rule]:
    for module in pkgutil.iter_modules(folder):
        if module.name.startswith(PREFIXES):
            rule: Rule = import_module(f"chartgen.rules.{module.name}").RULE
            yield rule


RULES: Mapping[str, Rule] = {
    rule.id: rule for rule in (*stages.STAGES, *_found(import_module("chartgen.rules").__path__))
}


def finding(rule: Rule, complaint: Complaint, where: Mark, environments: tuple[str, ...] = ()) -> Finding:
    """A complaint whose place is known."""
    return Finding(rule.id, rule.severity, complaint.subject, where, complaint.message, complaint.hint, environments)
