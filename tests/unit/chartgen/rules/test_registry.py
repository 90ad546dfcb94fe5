"""The registry of every kind of finding."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from chartgen.model import Mark
from chartgen.rules import registry, stages
from chartgen.rules.registry import PREFIXES, RULES, finding
from chartgen.rules.rule import Complaint, Part, Rule

MODULES = sorted(
    path.stem for path in Path(str(registry.__file__)).parent.glob("*.py") if path.name.startswith(PREFIXES)
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_whose_name_says_what_it_looks_at_is_a_rule(module: str) -> None:
    rule = import_module(f"chartgen.rules.{module}").RULE
    assert isinstance(rule, Rule)
    assert RULES[rule.id] is rule
    assert rule.check is not None
    assert module == f"{module.partition('_')[0]}_{rule.id.replace('-', '_')}"
    assert (rule.part is Part.VALUES) == module.startswith("values_")


def test_nothing_else_is_and_no_two_have_one_id() -> None:
    assert len(RULES) == len(MODULES) + len(stages.STAGES)
    assert all(rule.id == name for name, rule in RULES.items())


def test_what_stages_find_has_no_check_of_its_own() -> None:
    assert [rule.id for rule in stages.STAGES if rule.check] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_an_id_is_words_and_a_summary_says_in_a_few_what_is_wrong(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-zA-Z]+)*", rule.id)
    assert rule.summary
    assert rule.summary[0] == rule.summary[0].lower() or rule.summary.startswith(("Helm", "YAML", "Service"))
    assert not rule.summary.endswith(".")


def test_a_finding_is_of_its_rule_and_has_its_severity() -> None:
    rule = RULES["duplicate-key"]
    found = finding(rule, Complaint("a", Mark("elsewhere"), "words", "hint"), Mark("here", 1, 2), ("prod",))
    assert (found.rule, found.severity) == (rule.id, rule.severity)
    assert (found.subject, found.where, found.message, found.hint) == ("a", Mark("here", 1, 2), "words", "hint")
    assert found.environments == ("prod",)
