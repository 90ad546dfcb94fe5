"""Where secret texts are found, and where not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from time import perf_counter

import pytest

from chartgen.secrets.searching import LONGEST, Finder


def finds(secret: str, text: str) -> bool:
    found = Finder({secret: "the secret"}).find(text)
    assert found in {"", "the secret"}
    return bool(found)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "hunter22!A", "xhunter22!Ax", "redis://u:hunter22!A@db:6379", "HUNTER22!A", "hunter22!a",
        encoded("hunter22!A"), f"p: {encoded('hunter22!A')}", "u:hunter22%21A@db", "many\nlines: hunter22!A\n",
    ],
)  # fmt: skip
def test_a_text_of_some_length_is_found_anywhere_in_each_spelling(text: str) -> None:
    assert finds("hunter22!A", text)


def test_a_text_is_found_as_yaml_json_go_and_urls_quote_it() -> None:
    said = 'it\'s "<ü>" & more'
    go = json.dumps(said, ensure_ascii=False).translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"})
    for text in ("it''s \"<ü>\" & more", json.dumps(said), go, "it%27s+%22%3C%C3%BC%3E%22+%26+more"):
        assert finds(said, text)


@pytest.mark.parametrize(
    ("secret", "text", "found"),
    [
        # a plain word, however long below 16
        ("stage", "stage", True), ("stage", "STAGE", True), ("stage", "redis://:stage@db", True),
        ("stage", "scott/stage@db", True), ("stage", "--password=stage --x", True), ("stage", '{"pw":"stage"}', True),
        ("stage", "a: stage\nb: 1", False), ("stage", "token: stage\nb: 1", True),
        ("stage", encoded("stage"), True), ("stage", "api.stage.example", False),
        ("stage", "stage.example", False), ("stage", "db-stage", False), ("stage", "stages", False),
        ("stage", "stage_db", False), ("stage", "registry/stage:1", False), ("stage", "/stage", False),
        ("postgres", "postgres:15", False), ("postgres", "bitnami/postgresql", False),
        ("admin", "admin@example", False),
        ("password", "DB_PASSWORD", False), ("123456", "0123456", False), ("123456", "pin=123456", False),
        ("123456", "db_pw = 123456", True),
        ("admin", "admin", False),
        ("admin", "http://u:admin@db", True), ("swordfish", "swordfish", True),
        ("swordfish", "the swordfish swims", False),
        # a short one that is no word
        ("hunter2", "hunter2", True), ("hunter2", "db-hunter2.x", True), ("hunter2", "hunter22", False),
        ("hunter2", "xhunter2", False), ("hunter2", "u:hunter2@db", True),
        # the rest
        ("hunter22", "xhunter22x", True), ("abcdefghijklmnop", "xabcdefghijklmnopx", True),
        ("hunter22", "hunter2", False),
    ],
)  # fmt: skip
def test_words_are_found_where_passwords_stand_and_short_texts_between_others(
    secret: str, text: str, *, found: bool
) -> None:
    assert finds(secret, text) is found


@pytest.mark.parametrize(("secret", "found"), [("abc", False), ("abc1", True), ("", False)])
def test_a_text_is_looked_for_from_four_characters_on(secret: str, *, found: bool) -> None:
    assert finds(secret, secret) is found


def test_a_file_is_found_as_a_whole_only() -> None:
    file = "line 1\n" * LONGEST
    assert finds(file, file)
    assert not finds(file, f"{file}x")
    assert finds(file[:LONGEST], f"{file[:LONGEST]}x")


def test_nothing_is_found_where_nothing_is_secret() -> None:
    assert not Finder({}).find("hunter22!A")


def test_the_first_that_is_known_of_a_text_is_said() -> None:
    assert Finder({"hunter22!A": "one", "hunter22!a": "other"}).find("hunter22!a") == "one"


def test_many_secrets_take_no_longer_than_one() -> None:
    texts = [f"{number}: {'some text ' * 100}" for number in range(200)]

    def seconds(finder: Finder) -> float:
        started = perf_counter()
        assert not any(map(finder.find, texts))
        return perf_counter() - started

    one, many = (Finder({f"{number}-S3cret-{number}": "it" for number in range(size)}) for size in (1, 2000))
    assert seconds(many) < 20 * seconds(one)


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "alice"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_text_is_found_in_base64_wherever_it_begins_there(user: str, encode: Callable[[bytes], bytes]) -> None:
    once = encode(f"{user}:hunter22!A".encode()).decode()
    twice = encode(once.encode()).decode()
    for text in (once, once.rstrip("="), twice, f"Basic {once}", f"a: {twice}\n"):
        assert finds("hunter22!A", text), text


def test_what_is_no_base64_of_a_text_is_passed_over() -> None:
    assert not finds("hunter22!A", "ffffffffffffffff/++++++++++====" + "A" * 50)
    assert not finds("hunter22!A", encoded("hunter33!B"))


def test_a_text_of_several_lines_is_found_by_a_long_line_of_it() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n-----END KEY-----"
    assert finds(key, "conf:\n      MIIEvQIBADANBgkqhkiG9w0B\n")
    assert not finds(key, "a short text")
