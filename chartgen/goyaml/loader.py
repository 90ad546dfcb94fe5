"""YAML as Kubernetes and Helm read it, through Go's YAML 1.1 (sigs.k8s.io/yaml, `resolve.go` of goyaml.v2).

`12:30` and dates are text, `0o7` and `1e3` are numbers, `y` is true, and all keys become text. PyYAML alone would
disagree on each.
"""

from __future__ import annotations

import math
import re
import struct
from typing import Any

import yaml

from chartgen.goyaml.depth import DepthLimit

TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
NULL = {"", "~", "null", "Null", "NULL"}
OCTAL = re.compile(r"([-+]?)0([0-7]+)")
INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
SMALLEST, LARGEST = -(2**63), 2**64 - 1
"""Whole numbers beyond become floating-point numbers."""
PLAIN_EXPONENTS = range(-4, 6)
"""Of ten; a number within them Go prints without an exponent."""


def number(text: str) -> int | float | None:
    """The number that a plain scalar is, or None."""
    if text[:1] not in {*"+-.0123456789"}:
        return None
    if INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    digits = text if text.startswith(".") else text.replace("_", "")
    octal = OCTAL.fullmatch(digits)
    if octal or INTEGER.fullmatch(digits):
        whole = int(octal[1] + octal[2], 8) if octal else int(digits, 0)
        if SMALLEST <= whole <= LARGEST:
            return whole
    found = float(digits) if FLOAT.fullmatch(digits) else math.inf
    return None if math.isinf(found) else found


def _kind(text: str) -> str:
    if text in TRUE or text in FALSE:
        return "bool"
    if text in NULL:
        return "null"
    if text == "<<":
        return "merge"
    found = number(text)
    return "str" if found is None else type(found).__name__


def key(node: yaml.Node) -> str:
    """A key as the text that it becomes: `on` is "true", 1.0 is "1"."""
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, "a key is neither text nor a number", node.start_mark)
    kind, text = node.tag.removeprefix(TAG), str(node.value)
    if kind == "bool":
        return "true" if text in TRUE else "false"
    found = number(text) if kind in {"int", "float"} else None
    if found is None or INFINITE.fullmatch(text):
        return text
    return str(found) if isinstance(found, int) else _single(found)


def _single(value: float) -> str:
    """A number as Go prints it in single precision, as shortly as tells it apart from its neighbours."""
    (single,) = struct.unpack("f", struct.pack("f", value))
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    digits = next(n for n in range(1, 10) if struct.pack("f", float(f"{single:.{n}g}")) == struct.pack("f", single))
    text = f"{single:.{digits - 1}e}"
    return f"{single:.{max(digits, 6)}g}" if int(text.partition("e")[2]) in PLAIN_EXPONENTS else text


class Loader(DepthLimit, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loads, or composes, one text."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return TAG + _kind(value)
        return str(super().resolve(kind, value, implicit))

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        self.flatten_mapping(node)
        return {key(name): self.construct_object(value, deep=deep) for name, value in node.value}


def _number(_: Loader, node: yaml.ScalarNode) -> int | float:
    found = number(node.value)
    if found is None:
        raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not a number", node.start_mark)
    return found


Loader.add_constructor(f"{TAG}int", _number)
Loader.add_constructor(f"{TAG}float", _number)
Loader.add_constructor(f"{TAG}bool", lambda _, node: node.value in TRUE)
for _kind_of_text in ("timestamp", "binary", "merge"):
    Loader.add_constructor(f"{TAG}{_kind_of_text}", Loader.construct_yaml_str)
