"""JSON from outside, made such that every store can keep it: no NUL, no half of a surrogate pair, no broken UTF-8.

JSON may spell all three; msgspec refuses the second and third, SQLite and Snowflake cut or refuse the first.
"""

from __future__ import annotations

import re

_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# an escaped backslash and a whole pair are read over, so that what is left of the third kind cannot be shown
_ESCAPES = re.compile(rb"\\\\|" + _HIGH + _LOW + rb"|(" + _HIGH + rb"|" + _LOW + rb"|\\u0000)")
_REPLACEMENT = rb"\ufffd"


def storable(body: bytes) -> bytes:
    """The same JSON, with U+FFFD where no character can be stored."""
    if b"\\u" in body:
        body = _ESCAPES.sub(_escape, body)
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(errors="replace").encode()
    return body


def _escape(found: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if found[1] else found[0]
