"""What Kubernetes refuses in an object: its own schemas, strictly, in every version that the charts support."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MINORS = range(27, 38)
CRDS = Path(__file__).parent / "crds"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
PROSE = ("description", "example", "externalDocs")
Schema = dict[str, Any]


@cache
def definitions(minor: int) -> Schema:
    """Every schema of a Kubernetes version, in which no object allows a field that it does not name."""
    folder = files("kubernetes_validate").joinpath("kubernetes-json-schema", f"v1.{minor}.0-local-strict")
    found: Schema = json.loads(folder.joinpath("_definitions.json").read_text())["$defs"]
    return found


@cache
def kinds(minor: int) -> dict[tuple[str, str], str]:
    """(apiVersion, kind) → the name of its schema."""
    return {
        (f"{gvk['group']}/{gvk['version']}".lstrip("/"), gvk["kind"]): name
        for name, schema in definitions(minor).items()
        for gvk in schema.get("x-kubernetes-group-version-kind", ())
    }


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        schema = list(schema.values())
    if isinstance(schema, list):
        for below in schema:
            yield from references(below)


def without_prose(schema: Any) -> Any:
    """The schema without its texts, which differ between versions more often than what it allows."""
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    if isinstance(schema, dict):
        return {
            key: without_prose(value)
            for key, value in schema.items()
            if key not in PROSE or isinstance(value, dict)  # a field may be called "description"
        }
    return schema


@cache
def closure(minor: int, name: str) -> str:
    """A schema and all that it refers to, as one text: the same text in all versions that allow the same."""
    found: Schema = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = without_prose(definitions(minor)[current])
            waiting += references(found[current])
    return json.dumps({"$ref": f"#/$defs/{name}", "$defs": found}, sort_keys=True)


@cache
def custom_kinds() -> dict[tuple[str, str], str]:
    """(apiVersion, kind) → the strict schema of every version that a definition in crds/ serves."""
    meta = json.loads(closure(MINORS[-1], OBJECT_META))
    found = {}
    for path in sorted(CRDS.glob("*.yaml")):
        spec = yaml.load(path.read_text(), yaml.CSafeLoader)["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"$ref": meta["$ref"]}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = json.dumps(
                {**schema, "$defs": meta["$defs"]}
            )
    return found


def strict(schema: Mapping[str, Any]) -> Schema:
    """A structural schema as JSON Schema that refuses the fields which the API server would drop.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
    """
    found: Schema = dict(without_prose(schema))
    if "properties" in schema:
        found["properties"] = {name: strict(below) for name, below in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        found["items"] = strict(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = strict(schema["additionalProperties"])
    elif schema.get("type") == "object" and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        found["type"] = ["integer", "string"]
    if schema.get("nullable"):
        found = {"anyOf": [found, {"type": "null"}]}
    return found


@cache
def compiled(schema: str) -> jsonschema_rs.Draft202012Validator:
    """A validator that never asks the network; patterns are matched as Go matches them, in linear time."""
    return jsonschema_rs.Draft202012Validator(
        json.loads(schema), registry=jsonschema_rs.Registry([]), pattern_options=jsonschema_rs.RegexOptions()
    )


def schemas_of(kind: tuple[str, str]) -> dict[str, list[int]]:
    """The distinct schemas of a kind, each with the minor versions of Kubernetes that have it."""
    if kind in custom_kinds():
        return {custom_kinds()[kind]: list(MINORS)}
    found: dict[str, list[int]] = {}
    for minor in MINORS:
        schema = closure(minor, kinds(minor)[kind]) if kind in kinds(minor) else "false"
        found.setdefault(schema, []).append(minor)
    return found


def violations(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object: "Deployment/web /spec/replicas: … (1.27 to 1.37)"; empty where nothing is."""
    found: dict[str, list[int]] = {}
    for schema, minors in schemas_of((manifest["apiVersion"], manifest["kind"])).items():
        for error in compiled(schema).iter_errors(manifest):
            found.setdefault(f"/{'/'.join(map(str, error.instance_path))}: {error.message}", []).extend(minors)
    subject = f"{manifest['kind']}/{manifest['metadata']['name']}"
    return [f"{subject} {problem} (1.{min(minors)} to 1.{max(minors)})" for problem, minors in found.items()]
