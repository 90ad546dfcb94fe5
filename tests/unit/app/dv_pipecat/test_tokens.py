"""What a resume token is: its form, what is kept of it, and what is never shown."""

from __future__ import annotations

import hashlib
import logging
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dv_pipecat import tokens
from app.dv_pipecat.errors import NotResumable, Stale
from app.dv_pipecat.tokens import Token

SHOWN = "ABCDEFGHIJKLMNOP.abcdefghijklmnopqrstuvwxyz-_0189"


def test_a_token_is_read_back_as_it_was_shown() -> None:
    token = tokens.issue()
    assert tokens.parse(str(token)) == token
    assert tokens.parse(SHOWN) == Token(*SHOWN.split("."))


def test_each_session_has_an_id_of_its_own_and_each_token_a_secret_of_192_bits() -> None:
    issued = [tokens.issue() for _ in range(1000)]
    assert len({token.session_id for token in issued}) == len({token.secret for token in issued}) == 1000
    assert {len(token.secret) * 6 for token in issued} == {192}


def test_a_renewed_token_is_of_the_same_session_and_has_another_secret() -> None:
    token = tokens.issue()
    renewed = token.renewed()
    assert renewed.session_id == token.session_id
    assert renewed.secret != token.secret
    assert renewed.digest != token.digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        SHOWN[:-1],
        SHOWN + "0",
        SHOWN + "\n",
        " " + SHOWN,
        SHOWN.replace(".", ","),
        SHOWN.replace("A", "}"),
        SHOWN.replace("a", "ą"),
        SHOWN.replace("a", "\0"),
        SHOWN * 10_000,
    ],
)
def test_what_never_was_a_token_is_unknown(text: str) -> None:
    with pytest.raises(NotResumable) as raised:
        tokens.parse(text)
    assert raised.value.why is Stale.UNKNOWN


@given(st.from_regex(r"[\w-]{16}\.[\w-]{32}"))
def test_no_text_but_one_of_its_form_is_a_token(text: str) -> None:
    """Its id becomes part of a key."""
    try:
        token = tokens.parse(text)
    except NotResumable:
        return
    assert set(token.session_id + token.secret) <= {*string.ascii_letters, *string.digits, "-", "_"}


def test_a_token_in_a_log_line_or_an_error_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    token = tokens.issue()
    logging.getLogger("app").warning("%r", token)
    logging.getLogger("app").warning("%s", [token])
    assert token.session_id in caplog.text
    assert token.secret not in caplog.text + repr(token) + repr({"token": token})


def test_what_is_kept_of_a_secret_does_not_hold_it() -> None:
    token = tokens.parse(SHOWN)
    assert token.digest == hashlib.sha256(b"abcdefghijklmnopqrstuvwxyz-_0189").hexdigest()
