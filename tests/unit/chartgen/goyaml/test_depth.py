"""How deep YAML may nest."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from chartgen.goyaml.depth import MAX_DEPTH, is_too_deep
from chartgen.goyaml.loader import Loader


def nested(levels: int) -> Any:
    tree: Any = 1
    for level in range(levels):
        tree = [tree] if level % 2 else {"a": tree}
    return tree


def test_a_tree_may_have_as_many_levels_as_the_limit() -> None:
    assert not is_too_deep(nested(MAX_DEPTH - 1))
    assert is_too_deep(nested(MAX_DEPTH))


def test_a_wide_tree_is_not_deep() -> None:
    assert not is_too_deep({str(number): [number] * 10 for number in range(1000)})


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, json.dumps(nested(MAX_DEPTH))])
def test_a_text_that_nests_deeper_is_refused_and_ends_no_process(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match=f"nested more than {MAX_DEPTH} levels deep"):
        yaml.load(text, Loader=Loader)  # noqa: S506


def test_a_text_within_the_limit_is_read() -> None:
    tree = nested(MAX_DEPTH - 1)
    assert yaml.load(json.dumps(tree), Loader=Loader) == tree  # noqa: S506
