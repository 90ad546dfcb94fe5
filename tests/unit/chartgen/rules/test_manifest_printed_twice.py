"""Two documents that are one object."""

from __future__ import annotations

import pytest

from chartgen.rules.manifest_printed_twice import check

from .printing import printing, target


def obj(kind: str = "Pod", group: str = "v1", metadata: str = "name: web") -> str:
    return f"apiVersion: {group}\nkind: {kind}\nmetadata: {{{metadata}}}\n"


HOOK = 'name: web, annotations: {helm.sh/hook: "%s"}'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (obj(), obj()),
        (obj(), obj(group="v2")),
        (obj(), obj(metadata="name: web, namespace: default")),
        (obj("Ingress", "extensions/v1beta1"), obj("Ingress", "networking.k8s.io/v1")),
        (obj(metadata=HOOK % "pre-install"), obj(metadata=HOOK % "pre-install")),
        (obj(metadata=HOOK % "a,b"), obj(metadata=HOOK % "b, a")),
    ],
)
def test_one_object_twice_is_a_finding(one: str, other: str) -> None:
    (found,) = check([printing(one, other)])
    name = found.subject.partition("/")[0]
    assert (found.subject, found.message) == (f"{name}/web", f"{name}/web is printed twice")
    assert found.hint == "Helm would refuse to install it"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (obj(), obj("Job", "batch/v1")),
        (obj("Service"), obj("Service", "serving.knative.dev/v1")),
        (obj(), obj(metadata="name: web, namespace: other")),
        (obj(), obj(metadata=HOOK % "test")),
        (obj(metadata=HOOK % "pre-install"), obj(metadata=HOOK % "post-install")),
        (obj(metadata="generateName: web-"), obj(metadata="generateName: web-")),
    ],
)
def test_other_objects_of_the_same_name_are_none(one: str, other: str) -> None:
    assert list(check([printing(one, other)])) == []


def test_what_two_environments_print_once_each_is_none() -> None:
    assert list(check([printing(obj()), printing(obj(), of=target(environment="stage"))])) == []
