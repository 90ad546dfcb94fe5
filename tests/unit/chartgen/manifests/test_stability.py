"""What moves from render to render."""

from __future__ import annotations

import pytest

from chartgen.errors import RenderError
from chartgen.manifests.stability import stable


def text(kind: str, name: str, more: str = "") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{more}"


A, B = text("ConfigMap", "a"), text("ConfigMap", "b")


def test_what_each_render_prints_alike_is_kept_even_where_the_sides_differ() -> None:
    found = stable(({"a": A}, {"a": A}), ({"a": B}, {"a": B}))
    assert (found.texts, found.unstable) == (({"a": A}, {"a": B}), ())


@pytest.mark.parametrize("other", [{"a": B, "b": B}, {"b": B}])
def test_a_template_that_moves_on_one_side_is_left_out_on_both(other: dict[str, str]) -> None:
    found = stable(({"a": A, "b": B}, other), ({"a": A, "b": B}, {"a": A, "b": B}))
    assert (found.texts, found.unstable) == (({"b": B}, {"b": B}), ("a",))


def test_the_secrets_of_all_renders_are_known_and_whether_one_moves() -> None:
    secrets = [text("Secret", "s", f"stringData: {{p: {value}}}") for value in ("p", "q", "r")]
    found = stable(({"s": secrets[0]}, {"s": secrets[1]}), ({"s": secrets[2]}, {"s": secrets[2]}))
    assert [obj.body["stringData"]["p"] for obj in found.secrets] == ["p", "q", "r", "r"]
    assert found.moving
    assert not stable(({"s": secrets[0]}, {"s": secrets[0]}), ({"s": A}, {"s": A})).moving


def test_hooks_can_be_left_out() -> None:
    hook = text("Pod", "t").replace("{name: t}", "{name: t, annotations: {helm.sh/hook: test}}")
    found = stable(({"a": A, "h": hook},) * 2, ({"a": A},) * 2)
    assert [len(found.manifests(0, hooks=hooks)) for hooks in (True, False)] == [2, 1]


def test_what_is_no_manifest_is_an_error() -> None:
    with pytest.raises(RenderError, match="no kind"):
        stable(({"a": "x: 1"},) * 2, ({"a": A},) * 2)
