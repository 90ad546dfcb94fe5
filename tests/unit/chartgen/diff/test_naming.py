"""How the names of one object on two sides lead to each other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chartgen.diff.naming import CUT, Renaming, cut, renamed, replaced_piece, telling


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("web", "web", "web-canary", ["web-canary"]),
        ("web-redis", "web", "web-canary", ["web-canary-redis"]),
        ("prod-product", "prod", "stage", ["stage-product"]),
        ("product", "prod", "stage", []),
        ("my.prod.example", "prod", "stage", ["my.stage.example"]),
        ("a-b", "a", "c", ["c-b"]),
        ("prod-api-prod", "prod", "stage", ["stage-api-prod", "prod-api-stage", "stage-api-stage"]),
        ("web", "", "api", []),
        ("web", "web", "", []),
        ("a+b-x", "a+b", "c", ["c-x"]),
    ],
)
def test_a_piece_is_replaced_in_whole_segments(name: str, before: str, after: str, expected: list[str]) -> None:
    assert list(renamed(name, [Renaming(before, after)])) == expected


@pytest.mark.parametrize(
    ("name", "pieces", "expected"),
    [
        ("web-stage", 1, ["api-stage", "web-prod"]),
        ("web-stage", 2, ["api-prod"]),
        ("web-stage", 3, []),
        ("stage-web-stage", 1, ["prod-web-stage", "prod-web-prod", "stage-api-stage", "stage-web-prod"]),
        ("stage-web-stage", 2, ["prod-api-prod", "prod-api-stage", "prod-web-prod", "stage-api-prod"]),
        ("web-web-stage", 1, ["api-api-stage", "api-web-stage", "old-stage", "web-api-stage", "web-web-prod"]),
    ],
)
def test_several_pieces_are_replaced_at_once(name: str, pieces: int, expected: list[str]) -> None:
    inputs = [Renaming("web", "api"), Renaming("stage", "prod"), Renaming("web-web", "old")]
    assert sorted(renamed(name, inputs, pieces)) == sorted(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app-3f2a9c1b", f"app-{CUT}"),
        ("app-3f2a9c1b-config", f"app-{CUT}-config"),
        ("app-7f9c6d8b5", f"app-{CUT}"),
        ("app-bf9cxk2vd4", f"app-{CUT}"),
        ("tenant-200002", "tenant-200002"),
        ("app-" + "0a" * 32, f"app-{CUT}"),
        ("app-config", "app-config"),
        ("app-v2", "app-v2"),
        ("app-facade", "app-facade"),
        ("app-20", "app-20"),
        ("3f2a9c1b", "3f2a9c1b"),
    ],
)
def test_what_looks_like_a_hash_is_cut_if_something_remains(name: str, expected: str) -> None:
    assert cut(name) == expected


@pytest.mark.parametrize(
    ("names", "others", "piece"),
    [
        ([["app-web"], ["app-web-config"]], ["custom", "custom-config"], "app-web"),
        ([["app-web", "app-web-headless"]] * 2, ["custom", "custom-headless"], "app-web"),
        ([["app-web", "other"]], ["custom"], ""),
        ([["app-web"]], ["else"], ""),
        ([["app-web"], ["api-web-config"]], ["custom", "custom-config"], ""),
        ([[]], ["custom"], ""),
    ],
)
def test_a_name_that_is_given_on_one_side_stands_for_the_same_piece_everywhere(
    names: Sequence[Sequence[str]], others: Sequence[str], piece: str
) -> None:
    assert replaced_piece(names, others, "custom") == piece


@pytest.mark.parametrize(
    ("before", "after", "tells"),
    [
        ("web", "api", True),
        ("web", "other", True),
        ("other", "api", True),
        ("we", "ap", False),
        ("other", "web", False),
        ("", "api", True),
        ("web", "", True),
        ("", "other", False),
    ],
)
def test_an_input_tells_of_names_if_what_it_says_stands_in_one_of_its_side(
    before: str, after: str, *, tells: bool
) -> None:
    names = ["web-a", "ns"], ["api-a", "ns"]
    assert telling([Renaming(before, after)], names) == ([Renaming(before, after)] if tells else [])
