"""The forms that texts of chartgen.yaml must have. Its JSON schema has each of them too, as the definition of its name.

The patterns are such that JavaScript, and with it an editor, reads them as Python does.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Form(NamedTuple):
    """The pattern of a whole text, what is wrong with one that has not this form, and how to write it."""

    pattern: re.Pattern[str]
    fault: str
    hint: str


def _form(pattern: str, fault: str, hint: str) -> Form:
    return Form(re.compile(pattern, re.ASCII), fault, hint)


LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"""
WORD = r"\w[\w.-]*"
"""A part of a name at Pulumi; none begins with `-`, and so none is an option of the program."""

ENVIRONMENT = _form(
    r"(?!-)[^\x00-\x20\x7f-\x9f@/]+",
    "cannot be the name of an environment",
    "it has no blanks, `@` or `/`, and does not begin with `-`",
)
NAMESPACE = _form(
    rf"(?=.{{1,63}}$){LABEL}", "cannot be the name of a namespace", "at most 63 lower-case letters, digits and `-`"
)
SECRET = _form(
    rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*",
    "cannot be the name of a Secret",
    "at most 253 lower-case letters, digits, `-` and `.`",
)
SECRET_KEY = _form(
    r"(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}",
    "cannot be a key of a Secret",
    "at most 253 letters, digits, `-`, `_` and `.`, of which not two `.` come first",
)
"""https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data"""
CLUSTER_UID = _form(
    r"[-0-9a-f]{36}",
    "is no UID",
    "`kubectl get namespace kube-system -o jsonpath={.metadata.uid}` prints it",
)
DEADLINE = _form(
    r"(?=.*[1-9])(?:[0-9]{1,2}h)?(?:[0-9]{1,4}m)?(?:[0-9]{1,6}s)?", "is no duration", "such as 15m or 1h30m"
)
"""Of what `helm --timeout` takes, what people write."""
IMAGE_KEY = _form(r"[\w-]+(?:\.[\w-]+)*", "is no values key", "such as image.tag")
SOURCE = _form(
    rf"stdin|variable:[A-Za-z_]\w*|pulumi:{WORD}(?:/{WORD}){{1,2}}(?:@{WORD})?",
    "is no source of secrets",
    "write variable:NAME, pulumi:ORG/PROJECT/ENV or stdin",
)
