"""The page as bytes; tests/browser has it run."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from app.dv_pipecat.page import FILE, Page, policy

HTML = FILE.read_text()
SCRIPT = HTML[HTML.index("<script>") : HTML.index("</script>")]
SELF_HASHED = ("script", "style")


def directives() -> dict[str, str]:
    parts = Page().headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_the_policy_lets_nothing_in_but_what_is_named() -> None:
    assert directives()["default-src"] == "'none'"
    allowed = {name: sources for name, sources in directives().items() if sources != "'none'"}
    assert set(allowed) == {"script-src", "style-src", "img-src", "connect-src", "require-trusted-types-for"}


def test_what_default_src_does_not_cover_is_closed_too() -> None:
    assert [directives()[name] for name in ("base-uri", "form-action", "frame-ancestors")] == ["'none'"] * 3


@pytest.mark.parametrize("tag", SELF_HASHED)
def test_the_policy_names_the_digest_of_the_pages_own(tag: str) -> None:
    text = HTML.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert directives()[f"{tag}-src"] == f"'sha256-{digest}'"


@pytest.mark.parametrize("tag", SELF_HASHED)
def test_the_policy_changes_with_the_page(tag: str) -> None:
    assert policy(HTML.replace(f"</{tag}>", f" </{tag}>").encode()) != policy(HTML.encode())


def test_browsers_neither_store_the_page_nor_guess_what_it_is_nor_tell_where_they_were() -> None:
    headers = Page().headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_header_has_no_line_break() -> None:
    assert not any(re.search(r"[\r\n]", value) for value in Page().headers.values())


def test_nothing_in_the_page_would_need_an_exception_from_the_policy() -> None:
    markup = HTML.replace(SCRIPT, "")
    assert re.findall(r"\s(?:on\w+|style|src)=", markup) == []


def test_the_page_leads_nowhere_and_names_no_absolute_address() -> None:
    assert re.findall(r"https?://|wss?://|href=\"/|\"/pc", HTML) == []


def test_no_text_becomes_markup() -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|Function\("
    assert re.findall(sinks, SCRIPT) == []
