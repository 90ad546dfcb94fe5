"""The JSON schema has the keys that chartgen knows, says of each what it is, and comes with the program."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from chartgen.config.parsing import parse
from chartgen.errors import ConfigError
from tests.unit.chartgen.config.schema import (
    FILE,
    PLACES,
    ROOT,
    SCHEMA,
    VALIDATOR,
    Place,
    parts,
    put,
    referred,
    schema_at,
    spelled,
)

CLOSED = [place for place in PLACES if "properties" in schema_at(place)]


def test_the_schema_is_one_of_draft_7() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert jsonschema_rs.meta.is_valid(SCHEMA)


@pytest.mark.parametrize("place", CLOSED, ids=spelled)
def test_the_schema_knows_the_keys_that_chartgen_knows(place: Place) -> None:
    tree = put((*place, "zzzz"), "zzzz")
    with pytest.raises(ConfigError) as refused:
        parse(yaml.safe_dump(tree), "chartgen.yaml")
    known = refused.value.hint.removeprefix("known here: ").split(", ")
    assert sorted(known) == sorted(schema_at(place)["properties"])
    assert not VALIDATOR.is_valid(tree)


def described() -> list[tuple[int, str, Any]]:
    """The keys of all mappings that the schema describes: that mapping, the key, and what is said of it."""
    return [
        (id(part), key, referred(said))
        for part in parts(SCHEMA)
        if "additionalProperties" in part
        for key, said in part.get("properties", {}).items()
    ]


def test_each_key_of_the_schema_is_tried() -> None:
    tried = {(id(schema_at(place[:-1])), place[-1]) for place in PLACES if place}
    assert [key for part, key, _ in described() if (part, key) not in tried] == []


def test_each_key_of_the_schema_says_what_it_is_and_how_to_write_it() -> None:
    assert [key for _, key, said in described() if not {"title", "description"} <= said.keys()] == []
    assert [key for _, key, said in described() if said.keys().isdisjoint({"examples", "default"})] == ["charts"]


def test_examples_and_defaults_are_what_the_schema_takes() -> None:
    shown = [
        (said, value)
        for _, _, said in described()
        for value in (*said.get("examples", ()), *([said["default"]] if "default" in said else ()))
    ]
    definitions = SCHEMA["definitions"]
    refused = [
        value
        for said, value in shown
        if not jsonschema_rs.Draft7Validator({"definitions": definitions, **said}).is_valid(value)
    ]
    assert (len(shown) > 30, refused) == (True, [])


def test_the_wheel_holds_the_schema(tmp_path: Path) -> None:
    build = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    name = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    with zipfile.ZipFile(tmp_path / name) as wheel:
        assert wheel.read("chartgen/chartgen.schema.json") == FILE.read_bytes()
