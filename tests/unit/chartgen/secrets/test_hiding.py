"""Comparisons with nothing secret in them."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.model import ABSENT, MOVING, Hidden, Item, Key, KubeObject, Masked, ObjectId, Override, Tree, Written
from chartgen.results import Cause, Change, Comparison, Factor, Left, ObjectDiff, Pair
from chartgen.secrets.hiding import hide, reasons, secrets_of
from tests.unit.chartgen.secrets.objects import encoded, obj
from tests.unit.chartgen.targets import PROD

STAGE = PROD._replace(environment="stage")

PASSWORD = Factor(("auth", "password"), "stage-Passw0rd", "prod-Passw0rd", feeds="Secret/db")
HOST = Factor(("host",), "db-a", "db-b")
SECRETS = (
    obj(data={"password": encoded("stage-Passw0rd")}),
    obj(data={"password": encoded("prod-Passw0rd")}),
)
FEEDS = "auth.password feeds Secret/db"
CAUSED = "auth.password causes it, which feeds Secret/db"


def web(*changes: Change, kind: str = "Deployment", shaped_by: tuple[Factor, ...] = ()) -> ObjectDiff:
    return ObjectDiff(Pair(obj(kind, "web"), obj(kind, "web")), changes, shaped_by)


def change(before: Tree, after: Tree, *path: Any, by: tuple[Factor, ...] = (), **more: Any) -> Change:
    return Change(path or ("spec",), before, after, cause=Cause(by) if by else None, **more)


def comparison(*diffs: ObjectDiff, factors: tuple[Factor, ...] | None = (), **more: Any) -> Comparison:
    return Comparison(STAGE, PROD, diffs, factors, **more)


def hidden(found: Comparison, *objects: KubeObject, values: Tree = (), public: tuple[str, ...] = ()) -> Comparison:
    return hide(found, objects or SECRETS, values, public)


def only(found: Comparison) -> Change:
    (one,) = found.changes
    return one


def shown(tree: Tree) -> Tree:
    """A value of a change that no key explains, beside a Secret that holds stage-Passw0rd."""
    return only(hidden(comparison(web(change(tree, ABSENT))))).before


def factor(key: Key, before: Tree, after: Tree, *, feeds: str = "", effect: bool = True, **more: Any) -> Factor:
    """A factor once what is secret in it is hidden; with an effect on some place, or without any."""
    one = Factor(key, before, after, feeds=feeds)
    diffs = [web(change(1, 2, by=(one,)))] if effect else []
    found = hidden(comparison(*diffs, factors=(one,)), **more)
    return (found.factors or ())[0]


def test_what_feeds_a_secret_is_hidden_but_not_that_it_is_absent() -> None:
    found = factor(("auth", "password"), ABSENT, "prod-Passw0rd", feeds="Secret/db")
    assert (found.before, found.after) == (ABSENT, Hidden(FEEDS))


def test_of_a_value_only_what_is_secret_is_hidden() -> None:
    users = [{"name": "a", "password": "x1"}]
    why = "its key, users[0].password, sounds secret"
    assert factor(("users",), ABSENT, users, effect=False).after == [{"name": "a", "password": Hidden(why)}]
    why = "its key, vault.token, sounds secret"
    found = factor(("vault",), ABSENT, {"token": "abc", "address": "v:8200"}, effect=False)
    assert found.after == {"token": Hidden(why), "address": "v:8200"}


def test_what_sounds_secret_and_feeds_none_is_hidden_with_its_copies() -> None:
    one = Factor(("db", "password"), "stage-Passw0rd", "prod-Passw0rd")
    env = change("stage-Passw0rd", "prod-Passw0rd", "env", by=(one,))
    sealed = change(encoded("stage-Passw0rd"), encoded("prod-Passw0rd"), "data", by=(one,))
    digest = change("f00d", "beef", "sum", by=(one,))
    values = [{"db": {"password": "stage-Passw0rd"}}, {"db": {"password": "prod-Passw0rd"}}]
    found = hide(comparison(web(env, sealed, digest), factors=(one,)), [obj("Deployment", "web")], values)
    why = Hidden("it holds the value of db.password, which sounds secret")
    assert [each.after for each in found.changes[:2]] == [why, why]
    says = "db.password causes it, which is hidden: its key, db.password, sounds secret"
    assert found.changes[2].after == Hidden(says)
    assert (found.factors or ())[0].after == Hidden("its key, db.password, sounds secret")


@pytest.mark.parametrize(("before", "after"), [("stage", "prod"), (5432, 5433), (True, False)])
def test_a_weak_text_that_stands_elsewhere_is_shown_and_so_is_what_it_changes(before: Tree, after: Tree) -> None:
    one = Factor(("env",), before, after, feeds="Secret/s")
    url = change(f"http://{before}", f"http://{after}", by=(one,))
    objects = [
        each
        for text in (before, after)
        for each in (obj(stringData={"APP_ENV": text}), obj("ConfigMap", "c", data={"e": text}))
    ]
    found = hidden(comparison(web(url), factors=(one,)), *objects)
    assert found.factors == (one,)
    assert found.changes == [url]


def test_a_weak_text_of_a_secret_hides_nothing_that_contains_it() -> None:
    change_ = change("shop/api:2", "shop/api:3", by=(HOST,))
    found = hidden(
        comparison(web(change_), factors=(HOST,)), obj(stringData={"username": "shop", "sslmode": "require"})
    )
    assert only(found) == change_


def test_what_a_hidden_key_changes_is_covered_in_any_form() -> None:
    tree = {"a": [1]}
    digest = change("stage-", tree, "a", by=(HOST, PASSWORD), derived=True)
    found = only(hidden(comparison(web(digest), factors=(HOST, PASSWORD))))
    assert (found.before, found.after, found.derived) == (Hidden(CAUSED), {"a": [Hidden(CAUSED)]}, True)
    assert found.cause == Cause((HOST, PASSWORD._replace(before=Hidden(FEEDS), after=Hidden(FEEDS))))
    kept = Change(("b",), before=True, after=MOVING, cause=Cause((PASSWORD,)))
    found = only(hidden(comparison(web(kept), factors=(PASSWORD,))))
    assert (found.before, found.after) == (True, MOVING)


def test_data_of_a_secret_is_hidden_whatever_it_is_but_not_its_labels() -> None:
    diff = web(
        change(ABSENT, {"k": "v"}, "data"), Change(("stringData", "k"), before=True, after=MOVING),
        change("a", "b", "metadata"),
        kind="Secret",
    )  # fmt: skip
    found = hidden(comparison(diff)).changes
    why = Hidden("data of a Secret")
    assert [(each.before, each.after) for each in found] == [(ABSENT, why), (why, why), ("a", "b")]


@pytest.mark.parametrize(
    "tree",
    [
        "stage-Passw0rd", "https://u:stage-Passw0rd@h", encoded("stage-Passw0rd"), Written("1 stage-Passw0rd"),
        Masked(("stage-Passw0rd", "")),
    ],
)  # fmt: skip
def test_a_text_that_holds_a_secret_is_hidden_though_no_key_is_known(tree: Tree) -> None:
    assert shown(tree) == Hidden("it holds data of Secret/db")


@pytest.mark.parametrize("tree", ["stage", 7, True, None, ABSENT, MOVING, Masked(("a", "b")), Written("1.10"), [], {}])
def test_what_holds_none_stays_as_it_is(tree: Tree) -> None:
    found = shown(tree)
    assert found == tree
    assert type(found) is type(tree)


def test_a_secret_within_a_tree_is_hidden_and_the_rest_is_shown() -> None:
    tree = {"env": [{"name": "A", "value": "stage-Passw0rd"}, True], "stage-Passw0rd": 1, "x-stage-Passw0rd": 2}
    why = Hidden("it holds data of Secret/db")
    assert shown(tree) == {"env": [{"name": "A", "value": why}, True], "(secret)": 1, "(secret)*": 2}


@pytest.mark.parametrize("step", ["stage-Passw0rd", Item(("stage-Passw0rd",)), Item(("x-stage-Passw0rd", 80))])
def test_a_secret_in_a_path_is_hidden(step: str | Item) -> None:
    left = Left(ObjectId("", "ConfigMap", "", "c"), "t.yaml", ("data", step), ("prod",))
    found = hidden(comparison(web(change(1, 2, "spec", step, 0)), left=(left,)))
    assert "Passw0rd" not in str(found)
    assert (only(found).path[0], only(found).path[2]) == ("spec", 0)


def test_of_objects_and_targets_no_more_is_kept_than_which_they_are() -> None:
    one = SECRETS[0]._replace(text="p: stage-Passw0rd", moving=(("x", "stage-Passw0rd"),))
    target = STAGE._replace(overrides=(Override("--set", "auth.password=stage-Passw0rd"),))
    diff = ObjectDiff(Pair(one, None), (Change((), one.body, ABSENT, cause=Cause((PASSWORD,))),), (PASSWORD,))
    found = hidden(comparison(diff, factors=(PASSWORD,))._replace(before=target))
    assert "Passw0rd" not in str(found)
    assert encoded("stage-Passw0rd") not in str(found)
    assert found.counts == (0, 1, 0, 0)
    assert found.objects[0].id == one.id
    assert found.objects[0].shaped_by == found.factors


def test_without_causes_nothing_is_known_of_keys_but_secret_texts_are_hidden() -> None:
    values = [{"vault": {"token": "tk-9999-abcd"}}]
    found = hidden(comparison(web(change("x tk-9999-abcd", "stage-Passw0rd")), factors=None), values=values)
    assert found.factors is None
    assert only(found).before == Hidden("it holds the value of vault.token, which sounds secret")
    assert only(found).after == Hidden("it holds data of Secret/db")


def test_a_setting_is_never_hidden() -> None:
    release = Factor(("release",), "stage-Passw0rd", "prod", setting=True, feeds="Secret/db")
    found = hidden(comparison(web(change("a", "b", by=(release,))), factors=(release,)))
    assert found.factors == (release,)
    assert only(found).after == "b"


@pytest.mark.parametrize(
    ("moving", "effect", "why"),
    [
        ((("data", "p"),), False, "its effect on Secret/r, which moves from render to render, cannot be seen"),
        (((),), False, "its effect on Secret/r, which moves from render to render, cannot be seen"),
        ((("metadata", "labels"),), False, ""), ((), False, ""), ((("data", "p"),), True, ""),
    ],
)  # fmt: skip
def test_where_a_secret_moves_what_has_no_effect_is_hidden(moving: Any, effect: bool, why: str) -> None:  # noqa: FBT001
    one, switch = Factor(("x",), "shop", ABSENT), Factor(("y",), before=True, after=False)
    diffs = [web(change("a", "b", by=(one,)))] if effect else []
    found = hidden(comparison(*diffs, factors=(one, switch)), obj(name="r", data={"p": MOVING}, moving=moving))
    assert found.factors == (one._replace(before=Hidden(why) if why else "shop"), switch)


def test_a_key_that_shapes_an_object_has_an_effect() -> None:
    moving = obj(name="r", data={"p": MOVING}, moving=(("data", "p"),))
    found = hidden(comparison(web(shaped_by=(HOST,)), factors=(HOST,)), moving)
    assert found.factors == (HOST,)


def test_a_public_key_is_shown_with_its_copies_but_not_in_the_secret() -> None:
    env = change("stage-Passw0rd", "prod-Passw0rd", "env", by=(PASSWORD,))
    data = web(change("a", "b", "data", "password", by=(PASSWORD,)), kind="Secret")
    values = [{"auth": {"password": "stage-Passw0rd"}}, {"auth": {"password": "prod-Passw0rd"}}]
    found = hidden(comparison(web(env), data, factors=(PASSWORD,)), values=values, public=("auth",))
    assert found.factors == (PASSWORD,)
    assert found.changes[0].after == "prod-Passw0rd"
    assert found.changes[1].after == Hidden("data of a Secret")


def test_what_another_key_holds_stays_secret_though_a_public_key_holds_it_too() -> None:
    values = [{"auth": {"password": "stage-Passw0rd"}, "other": {"token": "stage-Passw0rd"}}]
    found = hidden(comparison(web(change("stage-Passw0rd", 1))), values=values, public=("auth",))
    assert only(found).before == Hidden("it holds the value of other.token, which sounds secret")


def test_reasons_name_each_hidden_place_once_in_order() -> None:
    users = Factor(("users",), [{"password": "a"}], [{"password": "b"}])
    env = change("x", ["y"], "spec", Item(("DB_PASSWORD",)), "value", by=(PASSWORD,))
    tree = change({"a": "stage-Passw0rd"}, 1, "spec", "x")
    found = hidden(comparison(web(env, tree), factors=(PASSWORD, HOST, users)))
    assert reasons(found) == [
        ("key auth.password", FEEDS),
        ("key users[0].password", "its key, users[0].password, sounds secret"),
        ("Deployment/web spec[DB_PASSWORD].value", CAUSED),
        ("Deployment/web spec[DB_PASSWORD].value[0]", CAUSED),
        ("Deployment/web spec.x.a", "it holds the value of auth.password, which feeds Secret/db"),
    ]
    assert reasons(comparison(web(change(1, 2)), factors=None)) == []


def test_secrets_are_told_from_others() -> None:
    assert secrets_of([obj("ConfigMap"), SECRETS[0], obj("Secret", group="x.io")]) == [SECRETS[0]]
