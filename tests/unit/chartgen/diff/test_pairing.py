"""Which objects of two renders, and of mixtures of the two, are the same one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chartgen.diff.naming import Renaming
from chartgen.diff.pairing import Finder, pair
from chartgen.model import KubeObject, Manifests, Masked, ObjectId

RELEASE = Renaming("web", "web-canary")


def obj(
    name: str, kind: str = "Service", group: str = "", namespace: str = "", hook: str = "", **more: Any
) -> KubeObject:
    events = frozenset({hook} if hook else ())
    text = {"text": f"{name} {hook}"} | more
    return KubeObject(ObjectId(group, kind, namespace, name), {}, "t.yaml", events=events, **text)


def objects(*names: str) -> list[KubeObject]:
    return [obj(name) for name in names]


def said(before: Manifests, after: Manifests, *renamings: Renaming, namespaces: tuple[str, str] = ("ns", "ns")) -> str:
    found = pair(before, after, namespaces, renamings)
    return ", ".join("=".join(one.id.name if one else "" for one in each) for each in found)


def test_the_same_name_is_the_same_object_in_the_order_of_before_and_then_of_after() -> None:
    assert said(objects("b", "a", "x"), objects("a", "b", "y", "z")) == "b=b, a=a, x=, =y, =z"


@pytest.mark.parametrize(
    ("before", "after", "renaming", "expected"),
    [
        (["web", "web-x"], ["web-canary-x", "web-canary"], RELEASE, "web=web-canary, web-x=web-canary-x"),
        (["web"], ["api"], Renaming("a", "b"), "web=, =api"),
        (["prod-product"], ["stage-product"], Renaming("prod", "stage"), "prod-product=stage-product"),
        (["prod-product"], ["prod-stageuct"], Renaming("prod", "stage"), "prod-product=, =prod-stageuct"),
        (["a-cm"], ["b-cm"], Renaming("a", "b"), "a-cm=b-cm"),
        (["web"], ["custom"], Renaming("", "custom", is_name=True), "web=custom"),
        (["r-a", "r-a-x"], ["custom", "custom-x"], Renaming("", "custom", is_name=True), "r-a=custom, r-a-x=custom-x"),
        (["custom", "custom-x"], ["r-a", "r-a-x"], Renaming("custom", "", is_name=True), "custom=r-a, custom-x=r-a-x"),
        (["web"], ["custom"], Renaming("", "custom"), "web=, =custom"),
        (["r-a", "r-b"], ["api-a", "api-b"], Renaming("", "api"), "r-a=api-a, r-b=api-b"),
        (["web", "api"], ["custom"], Renaming("", "custom", is_name=True), "web=, api=, =custom"),
        (["cm-3f2a9c1b"], ["cm-aa11bb22"], RELEASE, "cm-3f2a9c1b=cm-aa11bb22"),
        (["cm-3f2a9c1b", "cm-4f2a9c1b"], ["cm-aa11bb22"], RELEASE, "cm-3f2a9c1b=, cm-4f2a9c1b=, =cm-aa11bb22"),
        (["web-3f2a9c1b"], ["web-canary-aa11bb22"], RELEASE, "web-3f2a9c1b=web-canary-aa11bb22"),
        (["web"], ["web-canary", "web"], RELEASE, "web=web, =web-canary"),
        (["a", "a-b"], ["a-b", "a-b-b"], Renaming("a", "a-b"), "a=, a-b=a-b, =a-b-b"),
    ],
)  # fmt: skip
def test_names_lead_to_each_other_by_what_an_input_says(
    before: Sequence[str], after: Sequence[str], renaming: Renaming, expected: str
) -> None:
    assert said(objects(*before), objects(*after), renaming) == expected


def test_nothing_is_matched_for_want_of_another() -> None:
    assert said(objects("web"), objects("api")) == "web=, =api"
    assert said([obj("a", kind="Pod")], [obj("a", kind="Job")]) == "a=, =a"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("front", "", "a=a"),
        ("front", "back", "a=a"),
        ("front", "front", "a=a"),
        ("else", "else", "a=a"),
        ("else", "other", "a=, =a"),
        ("", "other", "a=, =a"),
    ],
)
def test_an_object_is_in_its_releases_namespace_whether_it_says_so_or_not(
    before: str, after: str, expected: str
) -> None:
    sides = [obj("a", namespace=before)], [obj("a", namespace=after)]
    assert said(*sides, namespaces=("front", "back")) == expected


def test_a_namespace_may_be_what_an_input_says() -> None:
    sides = [obj("a", namespace="team-a")], [obj("a", namespace="team-b")]
    assert said(*sides, Renaming("team-a", "team-b")) == "a=a"
    assert said([obj("a", namespace="one"), obj("a", namespace="two")], [obj("a", namespace="two")]) == "a=, a=a"


def test_an_api_group_that_has_moved_is_the_same() -> None:
    moved = obj("a", "Ingress", "extensions"), obj("a", "Ingress", "networking.k8s.io")
    assert said([moved[0]], [moved[1]]) == "a=a"
    assert said([obj("a", "Service")], [obj("a", "Service", "serving.knative.dev")]) == "a=, =a"


def test_hooks_are_told_apart_by_their_events_only_where_a_side_prints_the_name_twice() -> None:
    pre, post, own = obj("j", "Job", hook="pre-install"), obj("j", "Job", hook="post-install"), obj("j", "Job")
    assert [tuple(one) for one in pair([pre], [post], ("", ""))] == [(pre, post)]
    assert [tuple(one) for one in pair([pre, own], [own, post], ("", ""))] == [(pre, None), (own, own), (None, post)]
    assert [tuple(one) for one in pair([own, pre], [pre], ("", ""))] == [(own, None), (pre, pre)]


def test_what_is_printed_twice_is_told_apart_by_content_and_then_by_order() -> None:
    one, two, three, four = (obj("job-", "Job", text=text) for text in ("1", "2", "3", "4"))
    assert [tuple(each) for each in pair([one, two], [three, one], ("", ""))] == [(one, one), (two, three)]
    assert [tuple(each) for each in pair([one, two], [three, four], ("", ""))] == [(one, three), (two, four)]
    assert [tuple(each) for each in pair([one, two], [two], ("", ""))] == [(one, None), (two, two)]


def found(before: Manifests, after: Manifests, there: Manifests, *renamings: Renaming) -> dict[int, str]:
    """The names of the objects that a mixture prints, by the number of their pair."""
    finder = Finder(pair(before, after, ("ns", "ns"), renamings), ("ns", "ns"), renamings)
    return {number: one.id.name for number, one in finder(there, "ns").items()}


def test_an_object_of_a_mixture_is_found_by_either_sides_name() -> None:
    sides = objects("web"), objects("web-canary")
    assert found(*sides, objects("web"), RELEASE) == {0: "web"}
    assert found(*sides, objects("web-canary"), RELEASE) == {0: "web-canary"}
    assert found(*sides, objects("api"), RELEASE) == {}


def test_an_object_of_a_mixture_may_have_a_name_of_which_one_input_is_swapped() -> None:
    over = Renaming("", "custom", is_name=True)
    assert found(objects("r-web"), objects("custom"), objects("s-web"), Renaming("r", "s"), over) == {0: "s-web"}


def test_an_object_that_one_side_has_is_not_found_in_another_of_its_kind() -> None:
    assert found([], objects("web"), objects("api")) == {}


def test_a_name_that_moves_is_found_by_what_of_it_does_not() -> None:
    moving = [obj(Masked(("job-", "")), "Job")]
    assert found(moving, moving, [obj("job-x7f2", "Job"), obj("other", "Job")]) == {0: "job-x7f2"}
    assert found(moving, moving, [obj("job-x7f2", "Job"), obj("job-y", "Job")]) == {}


def test_a_name_that_is_given_on_one_side_may_have_other_pieces_that_inputs_say() -> None:
    over, env = Renaming("", "custom", is_name=True), Renaming("stage", "prod")
    assert said(objects("r-web-stage", "r-web-x-stage"), objects("custom-prod", "custom-x-prod"), env, over) == (
        "r-web-stage=custom-prod, r-web-x-stage=custom-x-prod"
    )
    sides = [obj("r-web", namespace="stage")], [obj("custom", namespace="prod")]
    assert said(*sides, env, over) == "r-web=custom"


def test_a_name_that_moves_on_one_side_fits_from_both() -> None:
    moving, fixed = [obj(Masked(("job-", "")), "Job")], [obj("job-fixed", "Job")]
    assert said(moving, fixed) == "job-(moves)=job-fixed"
    assert said(fixed, moving) == "job-fixed=job-(moves)"


def test_an_input_that_stands_in_a_name_twice_is_one() -> None:
    inputs = Renaming("stage", "prod"), Renaming("web", "web-2"), Renaming("x", "y")
    assert said(objects("stage-web-stage-x"), objects("prod-web-2-prod-y"), *inputs) == (
        "stage-web-stage-x=prod-web-2-prod-y"
    )
