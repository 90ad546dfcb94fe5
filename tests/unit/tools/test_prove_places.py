"""tools/prove/places.py reads what stands at a place as chartgen spells it."""

from __future__ import annotations

from typing import Any

import pytest

from tools.prove.places import ABSENT, canonical, find_key, read

TREE: dict[str, Any] = {
    "spec": {
        "containers": [
            {"name": "app", "image": "a", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]},
            {"name": "order", "args": ["--x", "0"]},
        ],
        "ports": [{"name": "web", "port": 80}, {"name": "more", "port": 81}],
        "rules": [{"host": "a"}, {"host": "b"}],
    },
    "metadata": {"annotations": {"a.b/c": 1, "": 2}, "finalizers": ["x/y", "z"]},
    "data": {
        "app.yaml": "log:\n  level: info\n  size: 1.10\n  quoted: '1.10'\nitems: [{name: a, v: 1}]\n",
        "app.json": '{"on": true, "list": [1, 2]}',
        "plain": "a: b: c",
    },
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.containers[app].image", "a"),
        ("spec.containers[0].image", "a"),
        ("spec.containers[order].args[1]", "0"),
        ("spec.containers[app].ports[80,TCP]", {"containerPort": 80}),
        ("spec.containers[app].ports[80,UDP].protocol", "UDP"),
        ("spec.ports[81,TCP].name", "more"),
        ("spec.rules[1].host", "b"),
        ("spec.rules[order]", [{"host": "a"}, {"host": "b"}]),
        ("spec.ports[order]", ["[web]", "[more]"]),
        ("spec.containers[order].name", "order"),
        ('metadata.annotations["a.b/c"]', 1),
        ('metadata.annotations[""]', 2),
        ("metadata.finalizers[x/y]", "x/y"),
        ('data["app.yaml"].log.level', "info"),
        ('data["app.yaml"].items[a].name', "a"),
        ('data["app.json"].list[1]', ("tag:yaml.org,2002:int", "2")),
        ("spec.containers[other]", ABSENT),
        ("spec.containers[app].imagePullPolicy", ABSENT),
        ("spec.rules[2]", ABSENT),
        ("data.plain.a", ABSENT),
        ("spec.containers.app", ABSENT),
    ],
)
def test_a_place_is_read(path: str, value: object) -> None:
    assert read(TREE, path) == value


def test_in_a_text_numbers_count_as_they_are_written() -> None:
    assert read(TREE, 'data["app.yaml"].log.size') != read({"data": {"app.yaml": "log: {size: 1.1}"}}, "data")
    assert read(TREE, 'data["app.yaml"].log.size') != read(TREE, 'data["app.yaml"].log.quoted')
    assert read({"t": "a: 'x'\n"}, "t.a") == read({"t": "a: x\n"}, "t.a") == "x"


@pytest.mark.parametrize(
    ("spelt", "key"),
    [
        ("a.b", ("a", "b")),
        ('a["x.y"].z', ("a", "x.y", "z")),
        ('["top/level"]', ("top/level",)),
        ("a.c", None),
        ("a.b.c", None),
    ],
)
def test_a_values_key_is_found(spelt: str, key: tuple[str, ...] | None) -> None:
    assert find_key({"a": {"b": 1, "x.y": {"z": 2}}, "top/level": 3}, spelt) == key


def test_trees_are_the_same_by_value_and_type_whatever_the_order_of_their_names() -> None:
    assert canonical({"a": 1, "b": [2, None]}) == canonical({"b": [2, None], "a": 1})
    assert len({canonical(each) for each in (1, 1.0, True, "1", [1], None, ABSENT)}) == 7


def test_an_item_whose_name_moves_is_found_by_what_does_not() -> None:
    pod = {"containers": [{"name": "web-x7-test", "image": "a"}, {"name": "api", "image": "b"}]}
    assert read(pod, "containers[web-(moves)-test].image") == "a"
    assert read(pod, "containers[db-(moves)].image") is ABSENT
