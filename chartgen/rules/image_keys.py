"""A values key that chartgen.yaml names for the image and the chart does not have.

A deployment sets it, no template reads it, and what ran before goes on running: Helm takes any key without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chartgen.config.model import ImageKeys
from chartgen.keypath import did_you_mean
from chartgen.keypath import path as spelled
from chartgen.model import ABSENT
from chartgen.rules.rule import Complaint
from chartgen.trees import at, leaves
from chartgen.values.snapshot import Snapshot


def unknown_image_keys(image: ImageKeys, snapshots: Sequence[Snapshot]) -> Iterator[Complaint]:
    """Those that no environment's values have, the chart's defaults among them, or that hold more than a text."""
    # a default of null is in the chart's own values alone: Helm drops it where it merges
    values = [each for one in snapshots for each in (one.values, one.layers[0].values)] if image.marks else []
    known = {spelled(key): None for each in values for key, _ in leaves(each)}
    for part, where in image.marks.items() if values else ():
        key = getattr(image, part)
        found = [value for each in values if (value := at(each, tuple(key.split(".")))) is not ABSENT]
        if not found:
            message = f"the chart has no value `{key}`, which is to be the image's {part}"
            yield Complaint(key, where, message, did_you_mean(key, known, "name the key that its templates read"))
        elif any(isinstance(value, Mapping | list) for value in found):
            message = f"`{key}`, which is to be the image's {part}, is no text in the chart's values"
            yield Complaint(key, where, message, "name the key below it")
