"""Which objects of two renders are the same one."""

from __future__ import annotations

from chartgen.diff.pairing import pair
from chartgen.manifests.parsing import collect
from chartgen.model import KubeObject, Manifests, ObjectId, Target
from tests.unit.chartgen.targets import PROD


def objects(*names: str, template: str = "t.yaml", kind: str = "Service", namespace: str = "") -> Manifests:
    return collect(KubeObject(ObjectId("", kind, namespace, name), {}, template) for name in names)


def pairs(before: Manifests, after: Manifests, a: Target, b: Target) -> list[tuple[str, str]]:
    found = pair(before, after, (a, b))
    return [(one.before.id.name if one.before else "", one.after.id.name if one.after else "") for one in found]


WEB, CANARY = PROD, PROD._replace(release="web-canary")


def test_the_same_name_is_the_same_object_in_the_order_of_before_and_then_of_after() -> None:
    assert pairs(objects("b", "a", "x"), objects("a", "b", "y", "z", template="u"), WEB, WEB) == [
        ("b", "b"), ("a", "a"), ("x", ""), ("", "y"), ("", "z"),
    ]  # fmt: skip


def test_an_object_that_names_the_releases_namespace_is_the_one_that_leaves_it_out() -> None:
    front, back = (PROD._replace(namespace=name) for name in ("front", "back"))
    assert pairs(objects("a", namespace="front"), objects("a"), front, back) == [("a", "a")]
    assert pairs(objects("a", namespace="front"), objects("a", namespace="back"), front, back) == [("a", "a")]


def test_a_name_is_the_same_once_each_releases_own_name_is_out_of_it() -> None:
    assert pairs(objects("web", "web-redis"), objects("web-canary-redis", "web-canary"), WEB, CANARY) == [
        ("web", "web-canary"), ("web-redis", "web-canary-redis"),
    ]  # fmt: skip


def test_the_only_object_of_its_kind_in_a_template_is_the_same_under_another_name() -> None:
    assert pairs(objects("old"), objects("new"), WEB, WEB) == [("old", "new")]


def test_two_objects_of_a_kind_in_a_template_do_not_pair_by_place() -> None:
    assert pairs(objects("a", "b"), objects("c", "d"), WEB, WEB) == [("a", ""), ("b", ""), ("", "c"), ("", "d")]


def test_other_kinds_and_other_templates_are_other_objects() -> None:
    assert pairs(objects("a"), objects("b", template="u.yaml"), WEB, WEB) == [("a", ""), ("", "b")]
    assert pairs(objects("a"), objects("a", kind="Pod"), WEB, WEB) == [("a", ""), ("", "a")]


def test_an_object_that_has_moved_to_another_template_is_the_same_by_its_name() -> None:
    assert pairs(objects("a"), objects("a", template="u.yaml"), WEB, WEB) == [("a", "a")]


def test_no_object_is_in_two_pairs() -> None:
    found = pair(objects("web", "web-canary"), objects("web-canary", "web-canary-canary"), (WEB, CANARY))
    sides = [obj.id for one in found for obj in one if obj]
    assert len(sides) == 4
