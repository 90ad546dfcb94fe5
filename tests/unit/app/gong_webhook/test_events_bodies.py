"""What is taken as a call, and that nothing else in the document can do harm."""

from __future__ import annotations

import json

import pytest

from app.gong_webhook import sample
from app.gong_webhook.errors import Malformed
from app.gong_webhook.events import parse

BODY = sample.body("7782342274025937895")


def event(inside: str) -> bytes:
    return b'{"callData":{"metaData":{"id":"12"%b}},"isTest":false}' % inside.encode()


def test_a_call_keeps_its_id_as_text_to_the_last_of_20_digits() -> None:
    assert parse(sample.body("00782342274025937895"), accept_bare=False).call_id == "00782342274025937895"


@pytest.mark.parametrize(("said", "is_test"), [("true", True), ("false", False), ("null", False), ('"true"', False)])
def test_only_true_makes_a_test(said: str, is_test: bool) -> None:  # noqa: FBT001  a case of the table
    body = b'{"callData":{"metaData":{"id":"1"}},"isTest":%b}' % said.encode()
    assert parse(body, accept_bare=False).is_test is is_test


def test_a_call_without_is_test_is_none() -> None:
    assert not parse(b'{"callData":{"metaData":{"id":"1"}}}', accept_bare=False).is_test


@pytest.mark.parametrize("call_id", ["7782342274025937895", "1e3", "null", "7.0"])
def test_an_id_that_is_a_number_is_refused_in_words_that_say_why(call_id: str) -> None:
    with pytest.raises(Malformed, match="as a number it would lose digits"):
        parse(b'{"callData":{"metaData":{"id":%b}}}' % call_id.encode(), accept_bare=False)


@pytest.mark.parametrize("call_id", ["", "a b", "1\\n", "../x", "1" * 65, "\\u0661", "ä", "\\u0000", "a:b", "{x}"])
def test_an_id_of_other_characters_is_refused(call_id: str) -> None:
    with pytest.raises(Malformed):
        parse(b'{"callData":{"metaData":{"id":"%b"}}}' % call_id.encode(), accept_bare=False)


def test_the_bare_form_of_the_help_page_is_taken_only_if_configured_and_then_wrapped() -> None:
    bare = json.dumps(json.loads(BODY)["callData"]).encode()
    with pytest.raises(Malformed, match="GONG_ACCEPT_BARE_CALLS"):
        parse(bare, accept_bare=False)
    found = parse(bare, accept_bare=True)
    assert found.call_id == "7782342274025937895"
    assert json.loads(found.body) == {"callData": json.loads(bare), "isTest": False}


def test_a_wrapped_call_passes_unchanged_whatever_is_configured() -> None:
    assert parse(BODY, accept_bare=True).body == BODY


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"callData"',
        b'{"callData":null}',
        b'{"callData":[]}',
        b'{"callData":{}}',
        b'{"callData":{"metaData":null}}',
        b'{"metaData":{"id":1}}',
        b'{"metaData":1}',
        b"\xef\xbb\xbf" + BODY,
        BODY.decode().encode("utf-16"),
        BODY[:-1],
        BODY + b"x",
        BODY + BODY,
    ],
)
def test_what_is_no_call_event_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body, accept_bare=True)


@pytest.mark.parametrize(
    "inside",
    [
        "NaN",
        "Infinity",
        "-",
        "01",
        "1.",
        "'a'",
        '"\t"',
        '"\\q"',
        "[1,]",
        "/* no */ 1",
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" * 2_000_000,
    ],
)
def test_the_parts_that_are_not_read_must_be_json_too(inside: str) -> None:
    with pytest.raises(Malformed):
        parse(event(f',"x":{inside}'), accept_bare=False)


@pytest.mark.parametrize("raw", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_a_call_is_not_lost_for_bytes_that_are_no_utf_8(raw: bytes) -> None:
    body = event(',"x":"?"').replace(b"?", raw)
    assert parse(body, accept_bare=False) == ("12", False, body)


@pytest.mark.parametrize(
    "inside", ["9" * 5000, "1e400", "-0", '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '{"a":1,"a":2}']
)
def test_what_is_unusual_but_json_passes(inside: str) -> None:
    assert parse(event(f',"x":{inside}'), accept_bare=False).call_id == "12"


def test_of_a_name_given_twice_the_last_counts_as_for_every_later_reader() -> None:
    body = b'{"callData":{"metaData":{"id":"1","id":"2"}}}'
    assert parse(body, accept_bare=False).call_id == json.loads(body)["callData"]["metaData"]["id"] == "2"
