"""The tables and columns of every warehouse, and the numbered migrations that make them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a column holds; the value is its type in SQLite. TIME is ISO 8601 in UTC there, JSON its text."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    REAL = "REAL"
    TIME = "TIMESTAMP"
    JSON = "JSON"


class Column(NamedTuple):
    name: str
    kind: Kind = Kind.TEXT


class Table(NamedTuple):
    """Of a table with a `key` each row has another; Snowflake does not enforce that, its statements see to it."""

    name: str
    columns: tuple[Column, ...]
    key: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def readable(self) -> tuple[str, ...]:
        """Names of the columns that a person can take in."""
        return tuple(column.name for column in self.columns if column.kind is not Kind.JSON)


class Migration(NamedTuple):
    """A step from one schema version to the next. One that was released never changes: later columns are a new one."""

    version: int
    tables: tuple[Table, ...]


CALL_ID = Column("call_id")
VERSION = Column("version", Kind.INTEGER)
"""Microseconds since 1970: an integer compares alike everywhere."""

CALLS = Table(
    "calls",
    (
        CALL_ID,
        VERSION,
        Column("request_id"),
        Column("source"),
        Column("url"),
        Column("title"),
        Column("scheduled", Kind.TIME),
        Column("started", Kind.TIME),
        Column("duration_seconds", Kind.REAL),
        Column("direction"),
        Column("system"),
        Column("scope"),
        Column("media"),
        Column("language"),
        Column("workspace_id"),
        Column("primary_user_id"),
        Column("primary_user_name"),
        Column("primary_user_email"),
        Column("brief"),
        Column("transcript"),
        Column("quality", Kind.REAL),
        Column("payload", Kind.JSON),
        Column("details", Kind.JSON),
        Column("received_at", Kind.TIME),
        Column("stored_at", Kind.TIME),
    ),
    key="call_id",
)
PARTICIPANTS = Table(
    "participants",
    (
        CALL_ID,
        Column("position", Kind.INTEGER),
        Column("participant_id"),
        Column("name"),
        Column("email"),
        Column("title"),
        Column("user_id"),
        Column("speaker_id"),
        Column("affiliation"),
        Column("phone"),
    ),
)
TRANSCRIPTS = Table(
    "transcripts",
    (
        CALL_ID,
        Column("position", Kind.INTEGER),
        Column("speaker_id"),
        Column("topic"),
        Column("start_ms", Kind.INTEGER),
        Column("end_ms", Kind.INTEGER),
        Column("text"),
    ),
)
TRACKERS = Table(
    "trackers",
    (
        CALL_ID,
        Column("position", Kind.INTEGER),
        Column("tracker_id"),
        Column("name"),
        Column("type"),
        Column("count", Kind.INTEGER),
    ),
)
CHILDREN = (PARTICIPANTS, TRANSCRIPTS, TRACKERS)
HISTORY = Table("schema_migrations", (VERSION, Column("applied_at", Kind.TIME)), key="version")
MIGRATIONS = (Migration(1, (CALLS, *CHILDREN)),)
