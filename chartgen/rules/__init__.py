"""What Helm itself cannot see. A rule is a module: its docstring says why, `check` gives findings about a world."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chartgen.model import Finding, World
from chartgen.rules import list_drops_items, overlay_repeats, unused_values_file

Rule = Callable[[World], Iterable[Finding]]

RULES: tuple[Rule, ...] = (list_drops_items.check, overlay_repeats.check, unused_values_file.check)
