"""Asks the API server without a program's start for each question."""

from __future__ import annotations

import json
import ssl
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from .layout import Layout

ANSWER_SECONDS = 5.0


def is_serving(layout: Layout) -> bool:
    return _answer(layout, "/readyz") is not None


def are_ready(layout: Layout) -> bool:
    """Its nodes."""
    found = _json(layout, "/api/v1/nodes").get("items", [])
    conditions = [each for node in found for each in node["status"].get("conditions", [])]
    ready = [each for each in conditions if each["type"] == "Ready" and each["status"] == "True"]
    return len(ready) == layout.nodes


def has_account(layout: Layout) -> bool:
    """The one that the first pod of a namespace needs; a controller makes it."""
    return bool(_json(layout, "/api/v1/namespaces/default/serviceaccounts/default"))


def _json(layout: Layout, path: str) -> dict[str, Any]:
    """Empty where the server does not answer, or has no such object."""
    found: dict[str, Any] = json.loads(_answer(layout, path) or b"{}")
    return found


def _answer(layout: Layout, path: str) -> bytes | None:
    context = ssl.create_default_context(cafile=str(layout.pki / "ca.crt"))
    context.load_cert_chain(layout.pki / "admin.crt", layout.pki / "admin.key")
    # no proxy that the environment names
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with ask.open(f"{layout.api}{path}", timeout=ANSWER_SECONDS) as answer:
            return bytes(answer.read()) if answer.status == HTTPStatus.OK else None
    except (OSError, HTTPException):
        return None
