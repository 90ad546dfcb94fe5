"""Where secret texts stand in other texts, in whichever spelling."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from chartgen.secrets.words import COMMON, LONG, SHORT, kinds

SHORTEST = 4
"""Characters. A shorter text is hidden where it is secret, but not looked for: elsewhere it stands by accident."""
LONGEST = 8192
"""Characters: twice the largest key in PEM. A longer text is a file, which no template prints as a part of a line: it
is found as a whole only, and no spellings of a megabyte are kept."""
WORD = (
    r"(?<=[:/]){0}@"
    r"|(?i:pass|passw(?:or)?d|passphrase|pwd|pw|secret|token|key|credentials?)[\"']?(?:\s*+[:=]\s*+|\s++)[\"']?{0}(?![\w./:@-])"
)
"""A plain word, as a password: before the host in a URL, or after what says password. Not a piece of a name, a host or
a sentence: the password `stage` does not stand in `api.stage.example`."""
PIECE = r"(?<![A-Za-z0-9]){0}(?![A-Za-z0-9])"
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
TO_STANDARD = str.maketrans("-_", "+/")
MAX_LINES = 200
"""Of a secret of several lines that are looked for each by itself, as a template may indent them."""
GO_JSON = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""What Go's encoding/json writes so that it can stand in HTML, and with it Helm's toJson."""


class Finder:
    """Finds some secret texts. They come with what each is, in words: "the value of a.b, which feeds Secret/db"."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._whole: dict[str, str] = {}
        self._by_start: dict[str, list[tuple[str, str]]] = {}
        self._answers: dict[str, str] = {}
        for text, words in texts.items():
            for spelling in dict.fromkeys(_spellings(text)) if len(text) >= SHORTEST else ():
                self._learn(spelling, words)
            for line in text.splitlines()[:MAX_LINES] if "\n" in text else ():
                if LONG <= len(line.strip()) <= LONGEST:
                    self._learn(line.strip(), words)

    def _learn(self, spelling: str, words: str) -> None:
        if spelling not in self._whole:
            self._whole[spelling] = "" if spelling.lower() in COMMON else words
            if len(spelling) <= LONGEST:
                self._by_start.setdefault(spelling[:SHORTEST], []).append((spelling, words))

    def find(self, text: str) -> str:
        """What the secret is that a text is or holds, in words; "" where it holds none.

        Takes time by the length of the text, not by the number of secrets.
        """
        if text not in self._answers:
            self._answers[text] = self._whole.get(text) or next(self._held(text), "") or self._encoded(text)
        return self._answers[text]

    def _encoded(self, text: str, depth: int = 2) -> str:
        """What is found in what a text holds in base64: at another place than the first it reads otherwise there."""
        if not self._by_start or len(text) > LONGEST * depth:
            return ""
        for token in BASE64.findall(text):
            inner = _decoded(token)
            if inner and (found := self._whole.get(inner) or next(self._held(inner), "")):
                return found
            if inner and depth > 1 and (found := self._encoded(inner, depth - 1)):
                return found
        return ""

    def _held(self, text: str) -> Iterator[str]:
        if not self._by_start:
            return
        starts = dict.fromkeys(text[place : place + SHORTEST] for place in range(len(text) - SHORTEST + 1))
        for start in starts:
            for spelling, words in self._by_start.get(start, ()):
                if spelling in text and _stands_out(spelling, text):
                    yield words


def _decoded(token: str) -> str:
    plain = token.rstrip("=").translate(TO_STANDARD)
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _stands_out(spelling: str, text: str) -> bool:
    """Whether a spelling that a text contains is no accident there."""
    if len(spelling) >= LONG:
        return True
    is_word = kinds(spelling) == 1
    if len(spelling) >= SHORT and not is_word:
        return True
    return bool(re.search((WORD if is_word else PIECE).format(re.escape(spelling)), text))


def _spellings(text: str) -> Iterator[str]:
    """As it is; in YAML's, JSON's and Go's quotes; in base64; in a URL; in capitals and without."""
    yield text
    if len(text) > LONGEST:
        return
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    yield from (text.replace("'", "''"), json.dumps(text)[1:-1], quoted, quoted.translate(GO_JSON))
    yield base64.b64encode(text.encode()).decode()
    yield from (quote(text, safe=""), quote_plus(text), text.upper(), text.lower())
