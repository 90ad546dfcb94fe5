"""The text that a template prints, split into documents where Helm splits it.

`SplitManifests` in helm/helm pkg/release/v1/util/manifest.go: at each line that begins with three dashes, whatever
follows on it, a block of text or not; what the first document begins with in white space is nobody's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

SOURCE = re.compile(r"^---\n# Source: (\S+)\n", re.MULTILINE)
SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str, ...]:
    """The documents of a text in order; those of white space alone are left out. Helm ends each with one more line."""
    return tuple(f"{part.lstrip()}\n" for part in SEPARATOR.split(text.lstrip()) if part.strip())


def by_template(text: str) -> dict[str, str]:
    """What Helm prints or records of a whole render → the text of each template; "" is that of none.

    A post-renderer takes the comments out that name them.
    """
    before, *parts = SOURCE.split(text)
    found: dict[str, list[str]] = defaultdict(list)
    if before.strip():
        found[""].append(before)
    for template, body in zip(parts[::2], parts[1::2], strict=True):
        found[template].append(body)
    return {template: "---\n".join(found[template]) for template in sorted(found)}
