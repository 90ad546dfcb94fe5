"""tools/prove/objects.py reads what helm prints, and finds an object in a mixture of two sides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tools.prove.mixtures import UnclearError
from tools.prove.objects import Identity, Printed, Twin, Wanted, exact, parse, twins

PRINTED = """---
# Source: web/templates/a.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: own, annotations: {on: yes, 80: 2020-01-01}}
---
# Source: web/templates/b.yaml
apiVersion: v1
kind: ConfigMapList
items: [{metadata: {name: x}}, {metadata: {generateName: y-, namespace: other}}]
---
# Source: web/templates/b.yaml
apiVersion: acme.io/v1
kind: AllowList
items: [{ip: 1}]
---
# Source: web/templates/empty.yaml
# nothing
"""


def config(name: str, namespace: str = "") -> Identity:
    return Identity("", "ConfigMap", namespace, name)


def shown(*names: str, template: str = "web/templates/a.yaml") -> list[Printed]:
    return [Printed(config(name), template, {}) for name in names]


def test_objects_are_read_with_the_templates_that_print_them() -> None:
    found = parse(PRINTED, "own")
    assert [(*one.id, one.template.rpartition("/")[2]) for one in found] == [
        ("apps", "Deployment", "", "web", "a.yaml"),
        ("", "ConfigMap", "", "x", "b.yaml"),
        ("", "ConfigMap", "other", "y-", "b.yaml"),
        ("acme.io", "AllowList", "", "", "b.yaml"),
    ]
    assert found[0].body["metadata"]["annotations"] == {"true": True, "80": "2020-01-01"}


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["web", "web-canary"], "web"),
        (["web-canary", "other"], "web-canary"),
        (["taken"], None),
        ([], None),
        # neither side prints it so: it has a hash in its name
        (["taken", "web-6f1"], "web-6f1"),
    ],
)
def test_in_a_mixture_an_object_is_known_by_either_sides_name_or_as_the_only_new_one(
    there: Sequence[str], found: str | None
) -> None:
    ids = (config("web"), config("web-canary"))
    wanted = Wanted(ids, frozenset(["web/templates/a.yaml"]), frozenset([*ids, config("taken")]), frozenset())
    one = wanted.find(shown(*there))
    assert (one.id.name if one else None) == found


def test_an_object_of_one_side_has_the_name_that_the_others_inputs_give_it() -> None:
    wanted = Wanted((config("web-canary-tls"),), frozenset(), frozenset(), frozenset([("web-canary", "web")]))
    found = wanted.find(shown("web-tls", "web-other"))
    assert found
    assert found.id.name == "web-tls"
    assert wanted.find(shown("webs-tls")) is None


def test_where_several_may_be_meant_none_is_taken() -> None:
    with pytest.raises(UnclearError, match="more than one ConfigMap/web"):
        exact(shown("web", "web"), config("web"))
    wanted = Wanted((config("web"), config("api")), frozenset(["web/templates/a.yaml"]), frozenset(), frozenset())
    with pytest.raises(UnclearError):
        wanted.find(shown("web-1", "web-2"))
    assert wanted._replace(ids=wanted.ids[:1]).find(shown("web-1")) is None


def test_what_shares_an_identity_is_told_apart_by_its_hooks_events_and_then_by_its_number() -> None:
    hook = "{name: a, annotations: {helm.sh/hook: test}}"
    texts = [f"kind: ConfigMap\nmetadata: {metadata}\n" for metadata in ("{name: a}", "{name: a}", hook, "{name: b}")]
    found = parse("".join(f"---\n# Source: t.yaml\n{text}" for text in texts), "own")
    both = [("", 0), ("", 1), ("test", 0)]
    assert twins([found], [config("a")]) == both
    assert [exact(found, config("a"), Twin(*each)) for each in both] == found[:3]
    assert twins([found], [config("b")]) == [None]


def test_a_name_of_which_a_piece_moves_is_found_by_the_rest() -> None:
    assert exact(shown("job-x7f", "web"), config("job-(moves)")) == shown("job-x7f")[0]
