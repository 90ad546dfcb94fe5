"""How a side of a comparison is named on the command line."""

from __future__ import annotations

import pytest

from chartgen.errors import UsageError
from chartgen.sources.sides import SideName, side_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prod", SideName("prod")),
        ("prod@live", SideName("prod", "live")),
        ("prod@release", SideName("prod", "release")),
        ("prod@release:12", SideName("prod", "release", 12)),
        ("eu@prod@live", SideName("eu@prod", "live")),
        ("a@b", SideName("a@b")),
    ],
)
def test_a_state_follows_the_environment_whatever_that_is_called(text: str, name: SideName) -> None:
    assert side_name(text, {"prod", "eu@prod", "a@b"}) == name


@pytest.mark.parametrize("text", ["prod@", "prod@lives", "prod@release:", "prod@release:0", "prod@release:x", "@"])
def test_what_is_no_state_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        side_name(text, {"prod"})
    assert "@live" in refused.value.hint
    assert "@release:3" in refused.value.hint
