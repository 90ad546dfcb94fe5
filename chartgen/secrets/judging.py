"""What is hidden, and why: the one place that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chartgen.keypath import is_at_or_below
from chartgen.model import ABSENT, Tree
from chartgen.secrets.data import is_text, text_of
from chartgen.secrets.feeding import SWITCHED, UNSEEN, UNTRIED
from chartgen.secrets.known import IN_URL, Known
from chartgen.secrets.searching import Finder
from chartgen.secrets.words import is_strong

OF_DATA = "data of a Secret"
NOTHING_TO_FIND = Finder({})


class Place(NamedTuple):
    """Where a scalar stands: in a Secret's data, at a values `key` (spelt), or in what hidden keys change.

    `sounds` says that the key is called like a secret. In words: `feeds`, that it feeds a Secret; `unseen`, that this
    cannot be seen; `cause`, which hidden key makes a change. `shown` are texts of that key that are not hidden.
    """

    key: str = ""
    sounds: bool = False
    feeds: str = ""
    unseen: str = ""
    cause: str = ""
    shown: frozenset[str] = frozenset()
    is_data: bool = False


class Judge:
    """Judges by what is known of two sides, the keys that are declared `public`, and secret texts to be found."""

    def __init__(self, known: Known, public: Sequence[str] = (), texts: Finder = NOTHING_TO_FIND) -> None:
        self.known = known
        self._public = public
        self._texts = texts

    def why(self, value: Tree, place: Place) -> str:
        """Why a scalar is hidden, in words without its value; "" if it is shown."""
        if place.is_data and value is not ABSENT:
            return OF_DATA
        if not is_text(value) or (place.key and self.is_public(place.key)):
            return ""
        text = text_of(value)
        if why := self._by_key(text, place):
            return why
        if found := self._texts.find(text):
            return f"it holds {found}"
        if IN_URL.search(text):
            return "it holds a password in a URL"
        return "" if text in self.known.names or text in place.shown else place.cause

    def hides_name(self, name: str) -> bool:
        """Whether a key in a mapping or a step of a path is hidden. Plain words that are keys of values are shown.

        So `password` is, though it may be some chart's default password too.
        """
        is_word = name in self.known.keys and not is_strong(name)
        return not is_word and bool(self._texts.find(name))

    def is_public(self, key: str) -> bool:
        """Whether a values key, spelt, is declared public."""
        return any(is_at_or_below(key, each) for each in self._public)

    def _by_key(self, text: str, place: Place) -> str:
        if place.feeds and not self._is_harmless(text, place):
            return place.feeds
        if place.sounds and not self._names_a_secret(text):
            return f"its key, {place.key}, sounds secret"
        return place.unseen

    def _is_harmless(self, text: str, place: Place) -> bool:
        """Whether a text may be shown though its key feeds a Secret."""
        if place.sounds:
            return self._names_a_secret(text)
        strong = self.known.is_strong(text)
        if text in self.known.names:
            return not (strong and text in self.known.entries)
        if strong:
            return False
        if place.feeds.endswith((UNSEEN, UNTRIED)):  # perhaps: what it may feed hides what is strong
            return True
        return text in self.known.whole or (place.feeds.endswith(SWITCHED) and not self.known.is_in_an_entry(text))

    def _names_a_secret(self, text: str) -> bool:
        """Whether it is only the name of a Secret: what else is called like a secret is one, whatever is named so."""
        return text in self.known.references and text not in self.known.entries
