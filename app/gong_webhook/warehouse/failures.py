"""What Snowflake's refusals mean for a call, by their codes: its messages may repeat data, and stay out of ours."""

from __future__ import annotations

from snowflake.connector import errors

from app.errors import ServiceError, Unavailable
from app.gong_webhook.errors import Rejected

NAME = "Snowflake"
MISSING = frozenset({2003, 2043})
"""An object does not exist, or the role may not see it."""
FORBIDDEN = 3001
SESSION_ENDED = frozenset({390110, 390111, 390112, 390113, 390114, 390115})
DATA = range(100_000, 101_000)
"""Values that do not parse, do not fit, or may not be null."""
LOCK_WAITERS = 625
"""More than 20 statements wait for a table (https://github.com/brooklyn-data/dbt_artifacts/issues/431)."""
LOCK_RETRY_SECONDS = 30.0
SAID = {
    606: "no warehouse is active: SNOWFLAKE_WAREHOUSE is misspelt, or the role has no USAGE on it",
    LOCK_WAITERS: "too many statements wait for the same table",
    **dict.fromkeys(MISSING, "a table does not exist, or the role may not see it; has `migrate` been run?"),
    FORBIDDEN: "the role of SNOWFLAKE_USER may not do this",
}
LOGIN_SAID = {
    390100: "wrong user or password: check SNOWFLAKE_USER and SNOWFLAKE_PASSWORD (a password or an access token)",
    390101: "the user is disabled: SNOWFLAKE_USER",
    390102: "the user is locked after failed logins, for 15 minutes: SNOWFLAKE_USER, SNOWFLAKE_PASSWORD",
    390394: "the access token has ended or is disabled: put a new one into SNOWFLAKE_PASSWORD",
    390422: "the network policy does not let this address in",
}


def is_lost(error: errors.Error) -> bool:
    """Whether the session is gone, or the way to it, so that a new connection may work."""
    return not isinstance(error, errors.ProgrammingError | errors.IntegrityError) or error.errno in SESSION_ENDED


def of_statement(error: errors.Error) -> ServiceError:
    if error.errno in DATA:
        return Rejected(f"{NAME} refuses the data with error {error.errno}")
    if is_lost(error):
        return Unavailable(NAME, f"the connection is lost, twice in a row, with error {error.errno:06d}")
    said = SAID.get(error.errno, "a statement is refused")
    retry_after = LOCK_RETRY_SECONDS if error.errno == LOCK_WAITERS else None
    return Unavailable(NAME, f"{said} (error {error.errno:06d})", retry_after)


def of_login(error: errors.Error) -> Unavailable:
    said = LOGIN_SAID.get(error.errno, "no login: is SNOWFLAKE_ACCOUNT right, and can the host be reached from here?")
    return Unavailable(NAME, f"{said} (error {error.errno:06d})")
