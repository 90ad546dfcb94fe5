"""The law of positions: the keys of a file are those that Helm reads, and each stands where the file says."""

from __future__ import annotations

from collections.abc import Iterator

import helm_python
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.goyaml.marks import positions
from chartgen.model import Key, Tree
from tests.property.strategies import plain_scalars, yaml_texts


def keys(tree: Tree, key: Key = ()) -> Iterator[Key]:
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield (*key, name)
            yield from keys(below, (*key, name))


@given(yaml_texts())
@settings(max_examples=300)
def test_the_keys_are_those_that_helm_reads(text: str) -> None:
    assert set(positions(text, "v.yaml").marks) == set(keys(helm_python.values_from_yaml(text)))


@given(plain_scalars())
@settings(max_examples=200)
def test_a_plain_key_is_read_as_helm_reads_it(written: str) -> None:
    text = f"{written}: 1\n"
    try:
        expected = helm_python.values_from_yaml(text)
    except helm_python.HelmError:
        return
    assert set(positions(text, "v.yaml").marks) == set(keys(expected))


@given(yaml_texts())
def test_each_mark_points_to_the_text_of_its_key(text: str) -> None:
    lines = text.splitlines()
    for key, mark in positions(text, "v.yaml").marks.items():
        there = lines[mark.line - 1][mark.column - 1 :]
        spellings = {"true": ("on:", "y:"), "false": ("No:",), "1": ("1.0:",), "16": ("0x10:",)}.get(key[-1], ())
        assert there.startswith((f"{key[-1]}:", f'"{key[-1]}":', f"'{key[-1]}':", *spellings))


@given(st.lists(yaml_texts(), min_size=2, max_size=3))
def test_only_the_first_document_counts(texts: list[str]) -> None:
    found = positions("---\n".join(texts), "v.yaml")
    assert found.marks == positions(texts[0], "v.yaml").marks
    assert len(found.further_documents) == len(texts) - 1
