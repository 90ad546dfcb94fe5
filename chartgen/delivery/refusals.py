"""Why an API server refuses a Secret, in words that cannot repeat one of its values.

What it says itself may: the error of a value that is no base64 quotes the value, and so may an admission check. Nothing
of it is passed on but names of rights, webhooks, policies, quotas and fields, and those only from where the API server
itself has put them, before whatever else may speak.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from chartgen.errors import ClusterError, RefusedError

VERBS = ("get", "list", "patch", "create", "update")
NAME = r"(?P<name>[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)"
"""A name within the cluster, which is public."""
ENDED = "being terminated"
FIELDS = ("data", "type", "immutable", "metadata", "metadata.name", "metadata.labels", "metadata.annotations")


def words(error: ClusterError, secret: str, namespace: str, keys: Collection[str] = ()) -> str:
    """What is wrong with a request for a Secret that may have one of these keys."""
    if not isinstance(error, RefusedError):
        return error.message
    begin = rf'(?:secrets "{re.escape(secret)}" is forbidden|Secret "{re.escape(secret)}" is invalid): '
    found = re.match(rf'{begin}User "[^"]*" cannot ({"|".join(VERBS)}) resource "secrets" ', error.said)
    if found and error.reason == "Forbidden":
        return f"you may not {found[1]} secrets in {namespace}"
    if re.match(rf"{begin}unable to create new content in namespace {namespace} because it is {ENDED}", error.said):
        return f"the namespace {namespace} is being deleted"
    if error.said == f'namespaces "{namespace}" not found':
        return f"there is no namespace {namespace}"
    for pattern, what in (
        (rf'admission webhook "{NAME}" denied ', "the admission webhook {} refuses it"),
        (rf'Internal error occurred: failed calling webhook "{NAME}": ', "the admission webhook {} does not answer"),
        (rf"{begin}ValidatingAdmissionPolicy '{NAME}' with binding ", "the admission policy {} refuses it"),
        (rf"{begin}exceeded quota: {NAME}, ", "the quota {} is used up"),
    ):
        if found := re.match(pattern, error.said):
            return what.format(found["name"])
    return _plainly(error, keys)


def _plainly(error: RefusedError, keys: Collection[str]) -> str:
    known = {*FIELDS, *(f"data[{key}]" for key in keys)}
    fields = ", ".join(dict.fromkeys(field for field in error.fields if field in known))
    said = {
        "Forbidden": "an admission check refuses it",
        "Conflict": "somebody else has changed it meanwhile: run this again",
        "Invalid": "the API server takes it for invalid",
    }.get(error.reason, f"the API server refuses it, with status {error.status}")
    return f"{said} ({fields})" if fields else said
