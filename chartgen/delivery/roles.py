"""Roles and their bindings as manifests, with the reason of each rule beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill, indent
from typing import Any, NamedTuple

import yaml

from chartgen.kube.wellknown import MANAGED_BY
from chartgen.manifests.ordering import Document
from chartgen.manifests.parsing import as_object
from chartgen.model import Tree

RBAC = "rbac.authorization.k8s.io"
CLUSTER_WIDE = ""
"""The namespace of a ClusterRole."""
LABELS = {MANAGED_BY: "chartgen"}
PLAIN = re.compile(r"[A-Za-z][\w./@:-]+")
"""What no reader of YAML takes for anything but a text, but for words such as `true`, of which PyYAML knows."""
WIDTH = 110


class Rule(NamedTuple):
    """What may be done, and `why`; without `names`, to every object of these resources."""

    why: str
    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def body(self) -> dict[str, list[str]]:
        """As Kubernetes has it."""
        names = {"resourceNames": list(self.names)} if self.names else {}
        return {"apiGroups": [self.group], "resources": list(self.resources), **names, "verbs": list(self.verbs)}


class Subject(NamedTuple):
    """Who is bound: a User, a Group or a ServiceAccount, of which alone `namespace` is."""

    kind: str
    name: str
    namespace: str = ""

    def body(self) -> dict[str, str]:
        """As Kubernetes has it."""
        where = {"namespace": self.namespace} if self.kind == "ServiceAccount" else {"apiGroup": RBAC}
        return {"kind": self.kind, "name": self.name, **where}


class Role(NamedTuple):
    """A Role, or with the namespace CLUSTER_WIDE a ClusterRole."""

    name: str
    namespace: str
    rules: Sequence[Rule]

    @property
    def kind(self) -> str:
        return "Role" if self.namespace else "ClusterRole"


def documents(role: Role, bound: Sequence[Subject], source: str) -> Iterator[Document]:
    """The Role, and its binding where there is somebody; `source` is what it was derived from."""
    head = _head(role, role.kind)
    body = {**head, "rules": [rule.body() for rule in role.rules]}
    yield Document(source, f"{_yaml(head)}rules:\n{''.join(_texts(role.rules))}".rstrip("\n"), as_object(body, source))
    if bound:
        reference = {"apiGroup": RBAC, "kind": role.kind, "name": role.name}
        binding = _head(role, f"{role.kind}Binding") | {
            "roleRef": reference,
            "subjects": [each.body() for each in bound],
        }
        yield Document(source, _yaml(binding).rstrip("\n"), as_object(binding, source))


def _head(role: Role, kind: str) -> dict[str, Tree]:
    where = {"namespace": role.namespace} if role.namespace else {}
    metadata = {"name": role.name, **where, "labels": dict(LABELS)}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata}


def _texts(rules: Sequence[Rule]) -> Iterator[str]:
    """Each rule after its reason, which several that follow each other share."""
    said = ""
    for rule in rules:
        yield "" if rule.why == said else indent(fill(rule.why, WIDTH), "  # ") + "\n"
        yield indent(_yaml([rule.body()]), "  ")
        said = rule.why


class _Dumper(yaml.SafeDumper):
    """Quotes what Go's YAML may take for a number or a boolean where Python's does not, as `1e3` and `y`."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if PLAIN.fullmatch(text) else '"')


def _list(dumper: yaml.SafeDumper, items: Sequence[Tree]) -> yaml.SequenceNode:
    words = all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=words or None)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def _yaml(tree: Mapping[str, Tree] | Sequence[Tree]) -> str:
    """Lists and mappings of scalars on a line."""
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=WIDTH)
    return text
