"""What two sides differ in, and every mixture of them."""

from __future__ import annotations

import pytest

from chartgen.attribution.factors import Hybrids, Side, charts_of, factors_of, renamings
from chartgen.model import ABSENT, KubeObject, ObjectId, Tree, Values
from chartgen.results import Factor
from tests.unit.chartgen.targets import PROD


def factors(before: Values, after: Values) -> list[tuple[str, Tree, Tree]]:
    found = factors_of(Side(PROD, before), Side(PROD, after))
    return [(".".join(each.key), each.before, each.after) for each in found]


def test_every_leaf_that_differs_is_a_factor_in_the_order_of_keys() -> None:
    assert factors({"b": 1, "a": {"y": 1, "x": 1, "z": 1}}, {"b": 2, "a": {"y": 2, "x": 1}, "c": 1}) == [
        ("a.y", 1, 2), ("a.z", 1, ABSENT), ("b", 1, 2), ("c", ABSENT, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1, 2], [2, 1]),
        ({"x": 1}, 5),
        ({"x": 1}, ABSENT),
        (1, True),
        ([0], [False]),
        (None, ""),
        ([{"a": 1}], [{"a": True}]),
    ],
)
def test_a_list_is_one_factor_and_so_is_what_only_one_side_has_as_a_mapping(before: Tree, after: Tree) -> None:
    assert factors({"a": before}, {"a": after} if after is not ABSENT else {}) == [("a", before, after)]


@pytest.mark.parametrize(("before", "after"), [({}, {}), (1, 1.0), ([1, {"a": None}], [1, {"a": None}])])
def test_what_is_the_same_is_no_factor(before: Tree, after: Tree) -> None:
    assert factors({"a": before}, {"a": after}) == []


def test_release_namespace_and_kubernetes_version_are_factors_before_all_values() -> None:
    sides = (
        Side(PROD, {"a": 1}),
        Side(PROD._replace(release="web-2", namespace="other", kube_version="1.30"), {"a": 2}),
    )
    assert factors_of(*sides) == [
        Factor(("release",), "web", "web-2", setting=True),
        Factor(("namespace",), "default", "other", setting=True),
        Factor(("kubeVersion",), "", "1.30", setting=True),
        Factor(("a",), 1, 2),
    ]


def test_a_hybrid_is_one_side_with_some_factors_of_the_other() -> None:
    sides = Side(PROD, {"a": 1, "b": 1, "c": 1}), Side(PROD._replace(release="web-2"), {"a": 2, "b": 2, "c": 2})
    found = Hybrids(sides, factors_of(*sides), {})
    assert found.make(frozenset()) == (sides[0].target, sides[0].values)
    assert found.make(frozenset(range(4))) == (sides[1].target, sides[1].values)
    assert found.make(frozenset({0, 2})) == (sides[1].target, {"a": 1, "b": 2, "c": 1})
    assert found.make(frozenset({1, 2, 3})) == (sides[0].target, sides[1].values)


@pytest.mark.parametrize(
    ("defaults", "before", "after", "passed"),
    [
        ({"a": 1}, {"a": 1}, {}, {"a": None}),
        ({}, {"a": 1}, {}, {}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 1}}, {"a": {"x": 1, "y": None}}),
        ({"a": {"x": 1, "y": 2}}, {"a": 5}, {"a": {"x": 1}}, {"a": {"x": 1, "y": None}}),
        ({"a": {"x": 1, "y": 2}}, {}, {"a": {"x": 1}}, {"a": {"x": 1, "y": None}}),
        ({"a": {"x": 1}}, {"a": 5}, {"a": {}}, {"a": {"x": None}}),
        ({}, {"a": None}, {"a": 1}, {"a": 1}),
        ({}, {"a": 1}, {"a": None}, {"a": None}),
    ],
)
def test_a_default_that_the_hybrid_lacks_is_passed_as_null(
    defaults: Values, before: Values, after: Values, passed: Values
) -> None:
    others = {"y": 1, "z": 1}, {"y": 2, "z": 2}
    sides = Side(PROD, {**before, **others[0]}), Side(PROD, {**after, **others[1]})
    found = Hybrids(sides, factors_of(*sides), defaults)
    assert found.make(frozenset({0}))[1] == {**passed, **others[0]}
    assert found.make(frozenset(range(3)))[1] == {**passed, **others[1]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": "web"}, {"a": "api"}, [("web", "api")]),
        ({"a": ""}, {"a": "api"}, [("", "api")]),
        ({}, {"a": "api"}, [("", "api")]),
        ({"a": None}, {"a": 700}, [("", "700")]),
        ({"a": 1}, {"a": 3}, []),
        ({"a": True}, {"a": False}, []),
        ({"a": ["web"]}, {"a": ["api"]}, []),
        ({"a": {"b": "x"}}, {}, []),
        ({"a": "web", "b": "web"}, {"a": "api", "b": "api"}, [("web", "api")]),
        ({"a": "no name"}, {"a": "api"}, []),
        ({"a": "x" * 300}, {"a": "api"}, []),
        ({}, {"a": None}, []),
    ],
)
def test_what_names_may_be_made_of(before: Values, after: Values, expected: list[tuple[str, str]]) -> None:
    assert [each.pieces for each in renamings(factors_of(Side(PROD, before), Side(PROD, after)))] == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("app", "stage", [("app", "stage"), ("app", "stage-app")]),
        ("stage", "prod", [("stage", "prod"), ("stage-app", "prod-app")]),
        ("app", "app-canary", [("app", "app-canary")]),
    ],
)
def test_a_release_names_a_chart_as_helm_create_does(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    sides = (Side(PROD._replace(release=name), {}) for name in (before, after))
    assert [each.pieces for each in renamings(factors_of(*sides), ["app"])] == expected


def test_charts_are_known_by_their_templates() -> None:
    templates = "app/templates/a.yaml", "app/charts/redis/templates/x/b.yaml", "app/templates/c.yaml"
    found = charts_of(KubeObject(ObjectId("", "Pod", "", "a"), {}, template) for template in templates)
    assert found == ["app", "redis"]


def test_names_are_made_of_the_release_first_and_then_of_the_namespace() -> None:
    other = PROD._replace(release="web-2", namespace="other", kube_version="1.30")
    assert [each.pieces for each in renamings(factors_of(Side(PROD, {"a": "x"}), Side(other, {"a": "y"})))] == [
        ("web", "web-2"),
        ("default", "other"),
        ("x", "y"),
    ]


@pytest.mark.parametrize(
    ("key", "is_name"), [("fullnameOverride", True), ("nameOverride", True), ("name", True), ("env", False)]
)
def test_an_input_may_be_called_a_name(key: str, *, is_name: bool) -> None:
    (found,) = renamings(factors_of(Side(PROD, {"x": {key: ""}}), Side(PROD, {"x": {key: "api"}})))
    assert found.is_name is is_name
