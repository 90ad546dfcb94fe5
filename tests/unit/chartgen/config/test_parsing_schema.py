"""chartgen.yaml's JSON schema, by which editors complete the file: it takes what chartgen takes, and nothing else."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
import yaml

from chartgen.config.parsing import parse
from chartgen.errors import ConfigError
from tests.unit.chartgen.config.schema import (
    FULL,
    PLACES,
    ROOT,
    TREE,
    VALIDATOR,
    Place,
    as_in_an_editor,
    at,
    put,
    spelled,
)

BEYOND_A_SCHEMA = {
    "`charts` is set twice": "charts: {}\ncharts: {}",
    "names no environment of": "charts: {web: {path: w, environments: {a: {track-of: b}}}}",
    "is a track itself": "charts: {web: {path: w, environments: {a: {track-of: a}}}}",
    "is the same release as": "charts: {web: {path: w, environments: {a: {}, b: {track-of: a}}}}",
    "whose `context` is another": (
        "charts: {web: {path: w, environments: {a: {context: x}, b: {release: b, context: y, track-of: a}}}}"
    ),
    "no environment is called": (
        "charts: {web: {path: w, environments: {}}}\nexpected: [{key: a, between: [a, b], reason: c}]"
    ),
    "no key of this Secret is called": (
        "charts: {web: {path: w, environments: {}, secrets: {a: {keys: {A: B}, required: [C]}}}}"
    ),
    "is another part of the image already": (
        "charts: {web: {path: w, environments: {}, image: {repository: image, tag: image}}}"
    ),
}
"""What chartgen says of what no schema can refuse, and a text of which it does."""
ODD: tuple[Any, ...] = (
    *(None, True, "", " ", [], {}, [[]], ["a", "a"], {"a": 1}, 0, 5, 1.5, 10_000, "5", "a b", "a\nb", "\x1b[31m", "@"),
)
WORDS = ("-x", "..", "a..b", "A", "a,b=c", "a/b", "0m", "15m", "90", "1h 30m", "stdin", "variable:", "pulumi:a/b", "ü")


def in_an_editor(text: str) -> bool:
    """Whether the schema takes it."""
    return VALIDATOR.is_valid(as_in_an_editor(text))


def fault(text: str) -> str:
    """What chartgen says against a text."""
    try:
        parse(text, "chartgen.yaml")
    except ConfigError as error:
        return error.message
    return ""


def agree(tree: Any) -> bool:
    """Whether both take a tree, or neither does, but for what no schema can refuse."""
    said = fault(yaml.safe_dump(tree, allow_unicode=True))
    taken = VALIDATOR.is_valid(tree)
    return (taken and any(words in said for words in BEYOND_A_SCHEMA)) or taken == (not said)


def test_what_chartgen_takes_is_taken_in_an_editor() -> None:
    files = [ROOT / "chartgen.yaml", *ROOT.glob("tests/cases/*/chartgen.yaml")]
    texts = [FULL, *(file.read_text() for file in files)]
    texts += re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / "docs" / "chartgen-yaml.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(texts) > 10
    assert [(text, fault(text)) for text in texts if fault(text) or not in_an_editor(text)] == []


@pytest.mark.parametrize("words", BEYOND_A_SCHEMA)
def test_what_no_schema_can_refuse_chartgen_refuses(words: str) -> None:
    assert words in fault(BEYOND_A_SCHEMA[words])
    assert in_an_editor(BEYOND_A_SCHEMA[words])


@pytest.mark.parametrize("place", PLACES, ids=spelled)
def test_one_fault_is_one_to_both(place: Place) -> None:
    assert [value for value in (*ODD, *WORDS) if not agree(put(place, value))] == []


@pytest.mark.parametrize("place", PLACES[1:], ids=spelled)
def test_what_is_missing_is_so_to_both(place: Place) -> None:
    changed = deepcopy(TREE)
    del at(changed, place[:-1])[place[-1]]
    assert agree(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "charts:",
        "charts: {web: {path: w, environments: {p: {namespace: no, release: on, kubeVersion: 1.30}}}}",
        "charts: {web: {path: w, environments: {p: {smoke-test: yes}}}}",
        "charts: {web: {path: w, environments: {p: {smoke-test: 'true'}}}}",
        "charts: {web: {path: w, environments: {p: {smoke-test: True}}}}",
        "charts: {web: {path: w, environments: {p@live: {}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {keys: {A: B}, whole: C}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {required: [A], whole: A}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {multiline: [A], whole: A}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {rotation-days: '90'}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {rotation-days: 9999}}}}",
        "charts: {web: {path: w, environments: {a: {}}}}\nexpected: [{key: a, object: b, between: [a, a], reason: c}]",
        "charts: {web: {path: w, environments: {a: {}}}}\nexpected: [{key: a, path: b, between: [a, a], reason: c}]",
        "charts: {web: {path: w, environments: {a: {}}}}\nexpected: [{between: [a, a], reason: c}]",
        "charts: {web: {path: w, environments: {}, secrets: {a: {required: [A, A]}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {multiline: [A, A]}}}}",
        "charts: {web: {path: w, environments: {}, secrets: {a: {keys: {..: A}}}}}",
        "charts: {web: {path: w, environments: {a: {}}}}\nexpected: [{key: a, between: [a], reason: c}]",
        "charts: {web: {path: w, environments: {a: {}}}}\nexpected: [{key: a, between: [a, a, a], reason: c}]",
        "charts: {}\npublic:\n- key: a\n  reason: |\n   two\n   lines\n",
        "charts: {}\npublic:\n- reason: a\n  key: |\n   two\n   lines\n",
    ],
)
def test_what_is_written_by_hand_means_the_same_to_both(text: str) -> None:
    assert in_an_editor(text) == (not fault(text))
