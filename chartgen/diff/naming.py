"""How the names of one object on two sides lead to each other.

They differ in pieces, of whole segments, and each two pieces are what one input says on the two sides. Segments that
look like a hash of the content say nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations, pairwise
from typing import NamedTuple, TypeAlias

CUT = "\0"
"""What stands in a name for a segment that is left out."""
MAX_OPTIONS = 16
"""Of a name: what inputs say stands in it a few times at most."""
Spans: TypeAlias = "tuple[tuple[int, int, str], ...]"
"""Pieces of a name, from and to, and what is to stand there."""
SEGMENT = re.compile(r"[A-Za-z0-9]+")
HASH = re.compile(
    # hexadecimal digests and their beginnings, and those that Kubernetes writes without vowels (SafeEncodeString):
    # https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go; numbers are names more often
    r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{6,64}|(?=[a-z]*[0-9])[bcdfghjklmnpqrstvwxz2456789]{8,10}"
)


class Renaming(NamedTuple):
    """What one input says on the two sides: the release, the namespace or a scalar of the values; "" where nothing.

    `is_name` says that the input is called a name, as fullnameOverride.
    """

    before: str
    after: str
    is_name: bool = False

    @property
    def pieces(self) -> tuple[str, str]:
        return self.before, self.after

    def turned(self) -> Renaming:
        return Renaming(self.after, self.before, self.is_name)


def cut(name: str) -> str:
    """A name without the segments that look like a hash of the content; the name itself where no other is left."""
    shorter = SEGMENT.sub(lambda found: CUT if HASH.fullmatch(found[0]) else found[0], name)
    return shorter if SEGMENT.search(shorter) else name


def renamed(name: str, renamings: Sequence[Renaming], pieces: int = 1) -> Iterator[str]:
    """The names that a name may have where so many inputs say something else, each in one place of it or in all."""
    options: list[Spans] = []
    for old, new, _ in renamings:
        spans = [(found.start(), found.end(), new) for found in _whole(old).finditer(name)] if old and new else []
        options += [(span,) for span in spans]
        options += [tuple(spans)] if len(spans) > 1 else []
    for chosen in combinations(options[:MAX_OPTIONS], pieces):
        spans = sorted(chain.from_iterable(chosen))
        if all(one[1] <= other[0] for one, other in pairwise(spans)):
            yield _replaced(name, spans)


def _replaced(name: str, spans: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in reversed(spans):
        name = name[:start] + new + name[end:]
    return name


def telling(renamings: Iterable[Renaming], names: Sequence[Iterable[str]]) -> list[Renaming]:
    """Those renamings that may tell something of the names of two sides: what they say stands in one of either."""
    both = ["\n".join(each) for each in names]
    return [
        renaming
        for renaming in renamings
        if any(piece and _whole(piece).search(text) for piece, text in zip(renaming.pieces, both, strict=True))
    ]


@lru_cache(maxsize=4096)
def _whole(piece: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(piece)}(?![A-Za-z0-9])")


def replaced_piece(names: Iterable[Sequence[str]], others: Sequence[str], piece: str, least: int = 1) -> str:
    """What stands in some names for a piece of others, the same in all of them; "" where fewer than `least` tell it.

    `names[i]` are those of which one may lead to `others[i]`, whose piece is what an input says that says nothing on
    the other side: a `fullnameOverride`.
    """
    votes: Counter[str] = Counter()
    for candidates, other in zip(names, others, strict=True):
        votes.update({middle for name in candidates for middle in _middles(name, other, piece)})
    best = votes.most_common(2)
    if not best or best[0][1] < least or (len(best) > 1 and best[0][1] == best[1][1]):
        return ""
    return best[0][0]


def _middles(name: str, other: str, piece: str) -> Iterator[str]:
    for found in _whole(piece).finditer(other):
        prefix, suffix = other[: found.start()], other[found.end() :]
        middle = name[len(prefix) : len(name) - len(suffix)]
        if middle and name == prefix + middle + suffix and SEGMENT.search(middle):
            yield middle
