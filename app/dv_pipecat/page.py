"""The page for trying sessions by hand, with headers that let nothing run in it but its own script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("page.html")


class Page:
    """Read once. Browsers store it nowhere: either track may have sent it, each with a script of its own."""

    def __init__(self) -> None:
        self.body = FILE.read_bytes()
        self.headers: Mapping[str, str] = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy(self.body),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }


def policy(body: bytes) -> str:
    """A Content-Security-Policy for the one script and the one style that the page holds."""
    directives = {
        "default-src": "'none'",
        "script-src": _digest(body, b"script"),
        "style-src": _digest(body, b"style"),
        # the page's empty icon, which keeps browsers from asking for another
        "img-src": "data:",
        # of an http: page 'self' takes in ws: of the same host and port, of an https: page wss:
        # https://www.w3.org/TR/CSP3/#match-url-to-source-expression
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        # refuses any text assigned to innerHTML and the like: https://www.w3.org/TR/trusted-types/
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _digest(body: bytes, tag: bytes) -> str:
    (text,) = re.findall(rb"<%b>(.*?)</%b>" % (tag, tag), body, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
