"""Every text that is secret and strong enough to be looked for elsewhere, with what it is in words."""

from __future__ import annotations

from collections.abc import Sequence

from chartgen.keypath import path as spelled
from chartgen.model import Values
from chartgen.results import Factor
from chartgen.secrets.data import is_text, text_of
from chartgen.secrets.judging import Judge, Place
from chartgen.secrets.places import Leaf, leaves
from chartgen.secrets.words import LONG, kinds


def _is_sure(text: str, judge: Judge) -> bool:
    """Whether a text of values is looked for elsewhere: not a plain word that feeds no Secret, as a chart's default."""
    return kinds(text) > 1 or len(text) >= LONG or text in judge.known.entries


def place(factor: Factor, leaf: Leaf, unseen: str = "") -> Place:
    """The place of one leaf of a factor's values."""
    key = spelled(leaf.steps)
    feeds = f"{spelled(factor.key)} feeds {factor.feeds}" if factor.feeds else ""
    return Place(key=key, sounds=leaf.sounds, feeds=feeds, unseen=unseen)


def secret_texts(judge: Judge, factors: Sequence[Factor], values: Sequence[Values]) -> dict[str, str]:
    """What `judge` hides of factors that feed a Secret; what stands in values under keys that sound secret; entries."""
    found: dict[str, str] = {}
    for factor in (factor for factor in factors if factor.feeds and not factor.setting):
        for leaf in (*leaves(factor.before, factor.key), *leaves(factor.after, factor.key)):
            text = text_of(leaf.value)
            is_hidden = judge.why(leaf.value, place(factor, leaf))
            if is_hidden and (leaf.sounds or judge.known.is_strong(text)):
                found.setdefault(text, f"the value of {spelled(leaf.steps)}, which feeds {factor.feeds}")
    public: set[str] = set()
    for leaf in (leaf for tree in values for leaf in leaves(tree) if is_text(leaf.value)):
        key, text = spelled(leaf.steps), text_of(leaf.value)
        if judge.is_public(key):
            public.add(text)
        elif leaf.sounds and _is_sure(text, judge) and judge.why(leaf.value, Place(key=key, sounds=True)):
            found.setdefault(text, f"the value of {key}, which sounds secret")
    for text, entry in judge.known.entries.items():
        if judge.known.is_strong(text) and text not in public:
            found.setdefault(text, f"data of {entry.secret}")
    return found
