"""The laws of reading: scalars are what Helm's parser takes them for, and the order of documents does not count."""

from __future__ import annotations

import json
import random

import helm_python
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.errors import RenderError
from chartgen.manifests.parsing import load, objects
from chartgen.model import Tree
from tests.property.strategies import as_yaml, plain_scalars, trees


def read_by_helm(text: str) -> Tree:
    try:
        return helm_python.values_from_yaml(text)
    except helm_python.HelmError:
        return "refused"


def read_by_us(text: str) -> Tree:
    try:
        found = load("t", text)
    except RenderError:
        return "refused"
    return found and found.tree


@given(plain_scalars())
@settings(max_examples=600)
def test_a_plain_scalar_is_what_helm_takes_it_for(scalar: str) -> None:
    theirs, ours = read_by_helm(f"a: {scalar}\n"), read_by_us(f"a: {scalar}\n")
    assert ours == theirs or float(ours["a"]) == float(theirs["a"])
    assert isinstance(ours["a"], bool) == isinstance(theirs["a"], bool)
    assert isinstance(ours["a"], str) == isinstance(theirs["a"], str)


@given(trees())
def test_a_tree_is_what_helm_takes_it_for_in_block_and_in_flow_style(tree: Tree) -> None:
    for text in (as_yaml({"a": tree}), yaml.safe_dump({"a": tree})):
        assert read_by_us(text) == read_by_helm(text)


OBJECTS = st.dictionaries(st.uuids().map(str), st.sampled_from(["Pod", "Service"]), max_size=5)


@given(OBJECTS, st.randoms())
def test_the_order_of_documents_does_not_count(kinds: dict[str, str], source: random.Random) -> None:
    texts = [json.dumps({"kind": kind, "metadata": {"name": name}}) for name, kind in kinds.items()]
    shuffled = source.sample(texts, len(texts))
    one, other = ({str(obj.id): obj.body for obj in objects({"t": "\n---\n".join(each)})} for each in (texts, shuffled))
    assert one == other
    assert len(one) == len(kinds)
