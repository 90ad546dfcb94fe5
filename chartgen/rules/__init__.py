"""What Helm itself cannot see. A rule is a module: its docstring says why, `check` gives findings about a world."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chartgen.model import Finding, World
from chartgen.rules import values_list_drops_items, values_overlay_repeats, values_unused_file

Rule = Callable[[World], Iterable[Finding]]

RULES: tuple[Rule, ...] = (values_list_drops_items.check, values_overlay_repeats.check, values_unused_file.check)
