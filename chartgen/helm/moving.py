"""Which functions of templates ask the clock or chance, and templates in which the clock tells another time.

Names are found inside `{{ … }}` only, where they call a function: not in comments, texts in quotes, fields (`.now`) or
variables (`$now`). The functions are those of sprig as Helm has them: `getHostByName` asks nobody there. `date` and the
like are left out, though they take what is no time for now.
https://masterminds.github.io/sprig/
"""

from __future__ import annotations

import re

CLOCK = frozenset({"ago", "now"})
CHANCE = frozenset(
    {
        *("bcrypt", "encryptAES", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert"),
        *("genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "htpasswd", "randAlpha", "randAlphaNum"),
        *("randAscii", "randBytes", "randInt", "randNumeric", "shuffle", "uuidv4"),
        *("keys", "values"),  # Go walks through a mapping in an order of chance
    }
)
MOVING = CLOCK | CHANCE
ANY = re.compile(rf"\b(?:{'|'.join(sorted(MOVING))})\b")
QUOTED = r'"(?:\\.|[^"\\\n])*+"' + r"|`[^`]*+`" + r"|'(?:\\.|[^'\\\n])*+'"
ACTION = re.compile(
    r"\{\{-?\s*/\*(?:[^*]|\*(?!/))*+" + rf"|\{{\{{(?P<code>(?:{QUOTED}|[^\"`'}}]++|\}}(?!\}}))*+)", re.DOTALL
)
"""A comment, or an action up to its end. What does not end is none that Helm takes; it costs no second look."""
SORTED = r"\b(?:keys|values)\s+[$.][\w.$]*\s*\|\s*sortAlpha\b"
WORD = re.compile(rf"{QUOTED}|{SORTED}|[$.]?\w+", re.DOTALL)
PART = re.compile(rf"{QUOTED}|{SORTED}|[$.]?\w+|.", re.DOTALL)
TRIMMED = re.compile(r"\s+-?$|\s+$")
ORDERED = {"keys": " | sortAlpha", "values": ""}
"""Functions that give a list in Go's order, and what puts it in order: values may be of any type, and have none."""
EARLIER = '(now | date_modify "-9605h7m9s")'
"""By 400 days and some hours: another year, month, day, weekday, hour, minute and second, whatever the time is."""


def calls(text: str) -> frozenset[str]:
    """The functions through which a template asks the clock or chance."""
    if not ANY.search(text):
        return frozenset()
    actions = (found["code"] or "" for found in ACTION.finditer(text))
    return frozenset(word for action in actions for word in WORD.findall(action) if word in MOVING)


def is_clock(name: str) -> bool:
    """Whether what a function gives depends on when it is called, and not on chance."""
    return name in CLOCK


def is_unordered(name: str) -> bool:
    """Whether a function gives a list in an order of chance."""
    return name in ORDERED


def otherwise(text: str, *, backwards: bool = False) -> str:
    """The template with `now` at another time, and with the keys of mappings in order; or `backwards`.

    Both orders together show what depends on Go's, which chance may make the same a few times. `ago`, which is told in
    seconds, and the rest of chance move by themselves: another number of `randInt` may be none that the template can go
    on with.
    """
    if calls(text).isdisjoint({"now", *ORDERED}):
        return text
    return ACTION.sub(lambda action: _turned(action[0], backwards=backwards) if action["code"] else action[0], text)


def _turned(action: str, *, backwards: bool) -> str:
    """An action with other answers; what puts a list in order follows its command, which ends at a bar or a bracket."""
    ordering = [""]
    found = []

    def end() -> str:
        ordered, ordering[-1] = ordering[-1], ""
        return ordered

    for part in PART.findall(action):
        if part in {"|", ")"}:
            found.append(end())
        if part == ")" and len(ordering) > 1:
            ordering.pop()
        elif part == "(":
            ordering.append("")
        elif part in ORDERED:
            ordering[-1] = ORDERED[part] + " | reverse" * backwards
        found.append(EARLIER if part == "now" else part)
    text, trimmed = "".join(found), TRIMMED.search("".join(found))
    cut = trimmed.start() if trimmed else len(text)
    return text[:cut] + end() + text[cut:]
