"""What a client shows to go on with its session: the session's id, and a secret of which only a digest is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

from app.dv_pipecat.errors import NotResumable, Stale

ID_BYTES, SECRET_BYTES = 12, 24
_FORM = re.compile(r"([\w-]{16})\.([\w-]{32})", re.ASCII)


class Token(NamedTuple):
    """`str` of it is for its client alone; its `repr` is for everybody."""

    session_id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.session_id}.{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.session_id}.…)"

    @property
    def digest(self) -> str:
        """May be compared as any text: whoever learns it by the time that this takes, still lacks 192 random bits."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def renewed(self) -> Token:
        """Another one for the same session."""
        return Token(self.session_id, secrets.token_urlsafe(SECRET_BYTES))


def issue() -> Token:
    """The token of a new session."""
    return Token(secrets.token_urlsafe(ID_BYTES), "").renewed()


def parse(text: str) -> Token:
    """Raises NotResumable for what never was a token."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise NotResumable(Stale.UNKNOWN)
    return Token(found[1], found[2])
