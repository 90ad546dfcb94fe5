"""What a source gives becomes a Secret's data or is refused: by name, and never by value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgen.config.model import SecretEntry
from chartgen.delivery.contents import MAX_BYTES, content

PLAIN = SecretEntry("app", required=("KEY", "OTHER"))
MAPPED = SecretEntry("app", keys={"KEY": "ITS_KEY", "MORE": "ITS_MORE"}, required=("KEY",), multiline=("MORE",))
WHOLE = SecretEntry("creds", whole="creds.json", required=("creds.json",))
FRAGMENT = 4


def faults(text: str | bytes, entry: SecretEntry = PLAIN, *, is_esc: bool = False) -> tuple[str, ...]:
    return content(entry, text if isinstance(text, bytes) else text.encode(), is_esc=is_esc).faults


def one(value: object, key: str = "KEY") -> tuple[str, ...]:
    return faults(json.dumps({"KEY": "a", "OTHER": "b", key: value}))


def test_each_string_of_an_object_is_stored_under_its_name() -> None:
    found = content(PLAIN, b'{"KEY": "a", "OTHER": "\\u00e9 = \\"b\\"", "x.y-z_1": "c"}')
    assert (found.data, found.faults) == ({"KEY": "a", "OTHER": 'é = "b"', "x.y-z_1": "c"}, ())


def test_with_keys_those_are_taken_under_their_own_names_and_the_rest_is_named() -> None:
    found = content(MAPPED, b'{"ITS_KEY": "a", "KEY": 5, "NO": null, "A=secret": 1, "ITS_MORE": "b\\nc\\n"}')
    assert (found.data, found.faults, found.unused) == ({"KEY": "a", "MORE": "b\nc\n"}, (), ("KEY", "NO"))


@pytest.mark.parametrize("text", ['{"type": "a", "b": [1, {"c": null}]}\n', ' { "key" : "a\\nb" } '])
def test_a_file_is_stored_as_it_is_written(text: str) -> None:
    assert content(WHOLE, text.encode()).data == {"creds.json": text}


def test_a_byte_order_mark_is_no_part_of_what_is_stored() -> None:
    assert content(WHOLE, b'\xef\xbb\xbf{"a": 1}').data == {"creds.json": '{"a": 1}'}
    assert content(SecretEntry("app"), b'\xef\xbb\xbf{"KEY": "a"}').data == {"KEY": "a"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("KEY=very-secret", "it is not JSON, at line 1, column 1"),
        ('{"KEY": "very-secret",\n "OTHER": very-secret}', "it is not JSON, at line 2, column 11"),
        ('{"KEY": "very-secret"} more', "it is not JSON, at line 1, column 24"),
        ('{"KEY": "very\nsecret"}', "it is not JSON, at line 1, column 14"),
        ('{"KEY": NaN}', "it is not JSON: it has NaN or Infinity"),
        (b'{"KEY": "\xff"}', "it is not UTF-8"),
        ('["very-secret"]', "it is a list, not a JSON object"),
        ('"very-secret"', "it is a string, not a JSON object"),
        ("12345678", "it is a number, not a JSON object"),
        ("true", "it is a boolean, not a JSON object"),
        ("null", "it is null, not a JSON object"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"KEY":' * 100_000, "it is nested too deeply"),
        ("1" * 5000, "it is a number, not a JSON object"),
    ],
)
@pytest.mark.parametrize("entry", [PLAIN, WHOLE])
def test_what_is_no_json_object_is_refused_without_a_word_of_it(
    text: str | bytes, words: str, entry: SecretEntry
) -> None:
    assert faults(text, entry) == (words,)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "is a number, not a string"),
        (1.5, "is a number, not a string"),
        (True, "is a boolean, not a string"),
        (None, "is null, not a string"),
        (["a"], "is a list, not a string"),
        ({"a": "b"}, "is an object, not a string"),
        ("", "is empty"),
        (" \t", "has nothing but blanks"),
        ("\n", "has nothing but blanks"),
        ("a\0b", "has a zero byte"),
        ("a\ud800b", "has half of a character, a lone surrogate"),
        ("a\nb", "has several lines: if it may, list it under `multiline`"),
        ("a\rb\n", "has several lines: if it may, list it under `multiline`"),
        ("a\r\n", "ends with a line end: take it off, or list the key under `multiline`"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_key(value: object, words: str) -> None:
    assert one(value) == (f"`KEY` {words}",)
    assert one(value, "x.y") == (f"`x.y` {words}",)


def test_a_key_twice_is_refused_even_with_the_same_value() -> None:
    assert faults('{"KEY": "a", "OTHER": "b", "KEY": "a", "KEY": "c"}') == ("`KEY` is there twice",)
    assert faults('{"a b": 1, "a b": 2}', WHOLE) == ("the 2nd key is there twice",)


@pytest.mark.parametrize("name", ["A=very-secret", "", "..", "..a", "a/b", "a b", "é", "x" * 254, "\ud800"])
def test_a_key_that_is_no_name_is_told_by_its_place(name: str) -> None:
    (fault,) = faults(json.dumps({"KEY": "a", "OTHER": "b", name: "c"}))
    assert fault.startswith("the 3rd key cannot be a key of a Secret")


@pytest.mark.parametrize(
    ("place", "word"), [(1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st")]
)
def test_places_are_counted_as_people_do(place: int, word: str) -> None:
    names = [*(f"K{number}" for number in range(place - 1)), "no name"]
    (fault,) = faults(json.dumps(dict.fromkeys(names, "a")), SecretEntry("app"))
    assert fault.startswith(f"the {word} key ")


def test_all_that_is_missing_is_said_at_once_by_the_names_of_the_source() -> None:
    assert faults('{"MORE": "a"}') == ("it lacks KEY, OTHER",)
    assert faults('{"KEY": "a"}', MAPPED) == ("it lacks ITS_KEY (for KEY)",)


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = faults('{"KEY": 5, "a=b": "x", "E": "", "E": ""}')
    assert [fault.split(" ")[:4] for fault in found] == [
        ["`E`", "is", "there", "twice"],
        ["`KEY`", "is", "a", "number,"],
        ["the", "2nd", "key", "cannot"],
        ["`E`", "is", "empty"],
        ["it", "lacks", "OTHER"],
    ]


def test_nothing_to_store_and_too_much_of_it_are_refused() -> None:
    entry = SecretEntry("app")
    assert faults("{}", entry) == ("it holds nothing to store",)
    assert faults(json.dumps({"A": "x" * MAX_BYTES}), entry) == ()
    (fault,) = faults(json.dumps({"A": "x" * (MAX_BYTES - 1), "B": "é"}), entry)
    assert "larger than 1 MiB" in fault
    (fault,) = faults(json.dumps({"A": "x" * MAX_BYTES}), WHOLE)
    assert "larger than 1 MiB" in fault
    (fault,) = faults(json.dumps({f"{'k' * 230}{number}": "x" * 400 for number in range(2500)}), entry)
    assert "larger than 1 MiB" in fault
    assert faults("{}", WHOLE) == ("it is an empty object",)


def esc(exported: Any, **top: Any) -> str:
    return json.dumps({"environmentVariables": exported, **top})


def test_of_esc_a_name_is_taken_from_what_is_exported_or_from_the_top() -> None:
    text = esc({"ITS_KEY": "a", "OTHER": 5}, ITS_MORE="b", deep={"x": [1]})
    found = content(MAPPED, text.encode(), is_esc=True)
    assert (found.data, found.faults, found.unused) == ({"KEY": "a", "MORE": "b"}, (), ())
    assert faults(esc({"ITS_KEY": "a"}, ITS_KEY="a"), MAPPED, is_esc=True) == ()
    (fault,) = faults(esc({"ITS_KEY": "a"}, ITS_KEY="b"), MAPPED, is_esc=True)
    assert fault.startswith(
        "`ITS_KEY` has one value at the top and another under `environmentVariables`: take one away"
    )
    assert faults('{"ITS_KEY": "a"}', MAPPED, is_esc=True) == ()


def test_of_esc_without_keys_all_that_is_exported_is_taken() -> None:
    found = content(SecretEntry("app"), esc({"A": "a", "B": "b"}, C="c").encode(), is_esc=True)
    assert found.data == {"A": "a", "B": "b"}
    assert faults(esc(["a"]), SecretEntry("app"), is_esc=True)[0] == (
        "its `environmentVariables` is a list, not an object"
    )


@pytest.mark.parametrize("value", ["[secret]", "[unknown]"])
def test_of_esc_what_it_does_not_tell_is_no_value(value: str) -> None:
    assert faults(esc({"ITS_KEY": value}), MAPPED, is_esc=True) == ("`ITS_KEY` is not told by Pulumi ESC",)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{"a": 1}\n', ()),
        ({"a": 1}, ("`creds.json` is an object, not a string: `fn::toJSON` makes it one",)),
        ("no json", ("`creds.json` is not JSON, at line 1, column 1",)),
        (5, ("`creds.json` is a number, not a string",)),
    ],
)
def test_of_esc_a_file_is_a_text_that_is_json(value: object, words: tuple[str, ...]) -> None:
    for text in (esc({"creds.json": value}), json.dumps({"creds.json": value})):
        assert faults(text, WHOLE, is_esc=True) == words
    assert faults(esc({}), WHOLE, is_esc=True) == ("it has no `creds.json`",)


# of letters that no message has, so that a piece of one cannot stand in a message by chance
SECRET = set("QXZJ0123456789")
VALUES = st.text("QXZJ0123456789\n\0 ", min_size=2 * FRAGMENT, max_size=24)
# a key is told by its name, but where it cannot be one: then it may be a line of a file of variables
LINES = VALUES.map("KEY={}".format)
SCALARS = VALUES | st.integers(10**8) | st.booleans() | st.none()
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(LINES, inner), max_leaves=4)
KEYS = st.sampled_from(["KEY", "OTHER", "ITS_KEY", "ITS_MORE", "environmentVariables", "creds.json"])
OBJECTS = st.dictionaries(KEYS | LINES, TREES | st.dictionaries(KEYS, TREES))


@given(OBJECTS, st.sampled_from([PLAIN, MAPPED, WHOLE]), st.integers(0, 400), st.binary(max_size=2))
def test_no_piece_of_a_value_is_in_what_is_said(tree: object, entry: SecretEntry, cut: int, noise: bytes) -> None:
    for text in (json.dumps(tree).encode(), json.dumps(tree).encode()[:cut] + noise):
        found = [content(entry, text), content(entry, text, is_esc=True)]
        said = f"{found}{found[0].faults}{found[1].faults}"
        written = text.decode(errors="replace")
        pieces = {written[at : at + FRAGMENT] for at in range(len(written) - FRAGMENT + 1)}
        assert not [piece for piece in pieces if set(piece) <= SECRET and piece in said]
