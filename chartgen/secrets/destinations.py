"""Places of objects that are called like what holds a secret, as the environment variable DB_PASSWORD is.

What stands there is secret, whatever the values key is called that it comes from.
"""

from __future__ import annotations

from itertools import pairwise

from chartgen.model import Item, ObjectPath
from chartgen.results import Change, Comparison
from chartgen.secrets.judging import Judge, Place
from chartgen.secrets.words import sounds_secret

METADATA = frozenset({"annotations", "labels"})
"""Annotations name Secrets and hold digests of them."""
NAMES = frozenset({"secretKey"})
"""Fields that hold the name of an entry, as an ExternalSecret's."""


def sounding(change: Change) -> str:
    """What the place of a change is called, if that sounds like what holds a secret; "" elsewhere, and for digests."""
    path = change.path
    if not path or change.derived or not METADATA.isdisjoint(step for step in path if isinstance(step, str)):
        return ""
    name = _name(path)
    return name if name not in NAMES and sounds_secret(name) else ""


def _name(path: ObjectPath) -> str:
    """What a place is called: the last field, or the item's name whose value it is."""
    last = path[-1]
    for item, field in pairwise(path[-2:]):
        if isinstance(item, Item) and field == "value":
            return str(item.keys[0])
    return last if isinstance(last, str) else ""


def exposing(found: Comparison, judge: Judge) -> Comparison:
    """The comparison with each factor that alone makes what stands at such a place said to feed it."""
    feeds = {
        change.cause.factors[0].id: f"{diff.id} {place}"
        for diff in found.objects
        for change in diff.changes
        if (place := _secret_place(change, judge)) and change.cause and len(change.cause.factors) == 1
    }
    factors = (
        factor._replace(feeds=factor.feeds or ("" if factor.setting else feeds.get(factor.id, "")))
        for factor in found.factors or ()
    )
    return found if found.factors is None else found._replace(factors=tuple(factors))


def _secret_place(change: Change, judge: Judge) -> str:
    """The place of a change where what stands there is to be hidden, spelt; "" elsewhere."""
    place = sounding(change)
    values = (change.before, change.after)
    is_text = any(isinstance(value, str) and judge.why(value, Place(key=place, sounds=True)) for value in values)
    return place if place and is_text else ""
