"""Keys and paths as people write them."""

from __future__ import annotations

import pytest

from chartgen.keypath import did_you_mean, override, path
from chartgen.model import Item, Key, ObjectPath, Override


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), ""),
        (("image", "tag"), "image.tag"),
        (("nodeSelector", "kubernetes.io/arch"), 'nodeSelector["kubernetes.io/arch"]'),
        (("kubernetes.io/arch", "x"), '["kubernetes.io/arch"].x'),
        (("data", ""), 'data[""]'),
        (("data", 'say "hi"'), r'data["say \"hi\""]'),
        (("a", "b[0]"), 'a["b[0]"]'),
        (("spec", "containers", Item(("app",)), "image"), "spec.containers[app].image"),
        (("ports", Item((80, "TCP"))), "ports[80,TCP]"),
        (("args", 2), "args[2]"),
    ],
)
def test_a_path_is_one_word(steps: ObjectPath | Key, expected: str) -> None:
    assert path(steps) == expected


def test_a_hint_names_what_was_probably_meant_or_else_says_other_words() -> None:
    assert did_you_mean("prd", ["prod", "stage"], "known: all") == "did you mean `prod`?"
    assert did_you_mean("nowhere", ["prod", "stage"], "known: all") == "known: all"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a=s3cret", "a=…"),
        ("a=s3cret,b.c=s3cret", "a=…,b.c=…"),
        ("a=", "a=…"),
        ("a=s3=cret,b=1", "a=…,b=…"),
        ("a={s3cret,s3cret},b=1", "a=…,b=…"),
        ("a={s3cret,s3cret", "a=…"),
        (r"a={s3\}cret,s3cret},b=1", "a=…,b=…"),
        (r"a=s3\,cret,b=1", "a=…,b=…"),
        ("a=s3\ncret", "a=…"),
        ("a[0]=s3cret", "a[0]=…"),
        ("a", "a"),
        ("a=s3cret,s3cret", "a=…,…"),
        ("a=s3cret,s3.cret,b=1,s3cret", "a=…,…,b=…,…"),
        ("a={s3cret},s3cret\ns3cret", "a=…,…"),
    ],
)
def test_an_option_is_shown_without_its_values(given: str, shown: str) -> None:
    assert override(Override("--set", given)) == f"--set {shown}"
