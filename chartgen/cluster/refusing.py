"""Why an API server refuses something, in words of our own: its own may repeat what it was sent.

The error of a value that is no base64 quotes the value, and an admission check may say anything. Nothing of it is
passed on but names of rights, webhooks, policies and quotas, and those only from where the API server itself has put
them, before whatever else may speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chartgen.errors import RefusedError

BEGIN = r'\S+ (?:"[^"]*" )?is (?:forbidden|invalid): '
NAME = r"([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)"
"""A name within the cluster, which is public."""
RIGHTS = re.compile(
    rf'{BEGIN}User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)" '
    r'in API group "(?P<group>[^"]*)"(?: in the namespace "(?P<namespace>[^"]*)"| at the cluster scope)'
)
FIELD = re.compile(r"[\w.\-/\[\]]{1,200}", re.ASCII)
CHECKS = (
    (rf'admission webhook "{NAME}" denied ', "the admission webhook {} refuses it"),
    (rf'Internal error occurred: failed calling webhook "{NAME}": ', "the admission webhook {} does not answer"),
    (rf"{BEGIN}ValidatingAdmissionPolicy '{NAME}' with binding ", "the admission policy {} refuses it"),
    (rf"{BEGIN}exceeded quota: {NAME}, ", "the quota {} is used up"),
    (rf"{BEGIN}unable to create new content in namespace {NAME} because ", "the namespace {} is being deleted"),
    (rf'namespaces "{NAME}" not found$', "there is no namespace {}"),
)
WORDS = {
    "Forbidden": "an admission check refuses it",
    "Unauthorized": "the cluster does not know you",
    "NotFound": "there is no such object",
    "Conflict": "somebody else has changed it meanwhile: run this again",
    "Invalid": "the API server takes it for invalid",
    "BadRequest": "the API server cannot read it",
    "TooManyRequests": "the API server has too much to do",
    "Timeout": "the API server gave it up",
    "ServerTimeout": "the API server gave it up",
    "ServiceUnavailable": "something within the cluster does not answer",
    "RequestEntityTooLarge": "it is too large",
}
"""By Kubernetes' reason."""


def refused(status: int, answer: Mapping[str, Any]) -> RefusedError:
    """Of an answer of the kind Status, or what came in its place."""
    reason, said = str(answer.get("reason") or ""), str(answer.get("message") or "")
    rights = RIGHTS.match(said)
    checked = next(_checks(said), "")
    causes = (answer.get("details") or {}).get("causes") or ()
    # an admission check may say there what it likes
    named = [] if checked or reason != "Invalid" else [str(cause.get("field", "")) for cause in causes]
    fields = filter(FIELD.fullmatch, dict.fromkeys(named))
    plain = WORDS.get(reason, f"the API server refuses it, with status {status}")
    words = _lacking(rights) if rights else checked or plain
    return RefusedError(
        f"{words} ({listed})" if (listed := ", ".join(fields)) else words,
        status=status,
        is_for_want_of_rights=bool(rights),
        is_of_a_check=bool(checked),
    )


def _checks(said: str) -> Iterator[str]:
    for pattern, words in CHECKS:
        if found := re.match(pattern, said):
            yield words.format(found[1])


def _lacking(rights: re.Match[str]) -> str:
    what = f"{rights['resource']}.{rights['group']}" if rights["group"] else rights["resource"]
    where = f" in namespace {rights['namespace']}" if rights["namespace"] else ""
    return f"{rights['user']} may not {rights['verb']} {what}{where}"
