"""chartgen.yaml's JSON schema, a text with every key that there is, and how to get about in both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import yaml

ROOT = Path(__file__).parents[4]
FILE = ROOT / "chartgen" / "chartgen.schema.json"
SCHEMA = json.loads(FILE.read_text())
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)
Place: TypeAlias = "tuple[str | int, ...]"

FULL = """\
charts:
  web:
    path: charts/web
    image: {repository: image.repository, tag: image.tag, digest: image.digest}
    secrets:
      web-secrets:
        from: {stage: stdin, prod: "variable:PROD_SECRETS_JSON", canary: "pulumi:acme/web/prod@3"}
        keys: {API_KEY: WEB_API_KEY, PUBLIC_KEYS: WEB_PUBLIC_KEYS}
        required: [API_KEY]
        multiline: [PUBLIC_KEYS]
        rotation-days: 30
      web-creds: {whole: creds.json}
    environments:
      stage: {}
      prod:
        values: [values-prod.yaml]
        release: shop
        namespace: front
        kubeVersion: "1.34"
        context: gke
        cluster-uid: 5d2b1c1e-8a53-4f0b-9c1f-3a3f4e2d7b60
        deadline: 1h30m
        smoke-test: false
      canary: {release: shop-canary, namespace: front, context: gke, track-of: prod}
expected:
  - {key: replicas, between: [stage, prod], reason: production is larger}
  - {object: Ingress/web, path: spec.rules, between: [stage, prod], reason: another host}
public:
  - {key: database.host, reason: everybody may know}
waivers:
  - {rule: list-drops-items, subject: env, reason: meant}
"""


class Core(yaml.SafeLoader):
    """Reads a text as editors do: by YAML 1.2, to which `no` is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the base class has it so


for kind, pattern in (
    ("null", "~|null|Null|NULL|"),
    ("bool", "true|True|TRUE|false|False|FALSE"),
    ("int", "0|-?[1-9][0-9]*"),
    ("float", r"-?[0-9]+\.[0-9]+"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), None)


def as_in_an_editor(text: str) -> Any:
    return yaml.load(text, Core)  # noqa: S506 - a SafeLoader


def places(tree: Any, above: Place = ()) -> Iterator[Place]:
    yield above
    if isinstance(tree, dict | list):
        for step in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places(tree[step], (*above, step))


def at(tree: Any, place: Place) -> Any:
    for step in place:
        tree = tree[step]
    return tree


TREE = as_in_an_editor(FULL)
PLACES = list(places(TREE))


def spelled(place: Place) -> str:
    return ".".join(map(str, place)) or "all"


def put(place: Place, value: Any) -> Any:
    changed = deepcopy(TREE)
    if not place:
        return value
    at(changed, place[:-1])[place[-1]] = value
    return changed


def referred(part: Any) -> Any:
    while "$ref" in part:
        part = at(SCHEMA, tuple(part["$ref"].removeprefix("#/").split("/")))
    return part


def schema_at(place: Place) -> Any:
    """The part of the schema that is about a place."""
    found = SCHEMA
    for step in place:
        if isinstance(step, int):
            found = referred(found["items"])
        else:
            found = referred(found["properties"][step] if "properties" in found else found["additionalProperties"])
    return found


def parts(tree: Any) -> Iterator[Any]:
    """The mappings of which the schema consists."""
    return (at(tree, place) for place in places(tree) if isinstance(at(tree, place), dict))
