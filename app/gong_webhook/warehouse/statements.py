"""Snowflake's statements, of the size that it takes: texts and binds, no I/O.

Rows are bound as one JSON document a statement, an array of arrays. A VALUES list takes constants only, no PARSE_JSON,
at most 16,384 of them (https://github.com/snowflakedb/gosnowflake/issues/253), and is slow to compile before that.
"""
# ruff: noqa: S608 - names come from schema.py and from `Place`, which checks them; data is bound

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.errors import ConfigError
from app.gong_webhook.warehouse.rows import Row
from app.gong_webhook.warehouse.schema import CALL_ID, CALLS, VERSION, Column, Kind, Table

STATEMENT_BYTES = 1_000_000
"""What Snowflake recommends at most, binds included (https://docs.snowflake.com/en/user-guide/query-size-limits).

A single row may be larger: such statements are processed all the same.
"""
TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "NUMBER(38, 0)",
    Kind.REAL: "DOUBLE",
    Kind.TIME: "TIMESTAMP_TZ",
    Kind.JSON: "VARIANT",
}


class Statement(NamedTuple):
    text: str
    binds: tuple[str, ...] = ()


class Place(NamedTuple):
    """A schema of a database. Names are used unquoted, as they are written in a worksheet."""

    database: str
    schema: str

    def of(self, table: Table) -> str:
        return f"{self.database}.{self.schema}.{table.name}"


def place(database: str, schema: str) -> Place:
    """Raises ConfigError for a name that would have to be quoted."""
    for variable, name in (("SNOWFLAKE_DATABASE", database), ("SNOWFLAKE_SCHEMA", schema)):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]{0,254}", name):
            raise ConfigError(f"{variable} must be a name of letters, digits, _ and $ that begins with a letter or _")
    return Place(database.upper(), schema.upper())


def create(where: Place, table: Table) -> Statement:
    columns = ", ".join(f"{column.name} {TYPES[column.kind]}" for column in table.columns)
    return Statement(f"CREATE TABLE IF NOT EXISTS {where.of(table)} ({columns})")


def merge(where: Place, table: Table, rows: Sequence[Row]) -> Iterator[Statement]:
    """New rows, and those that are at least as new as what there is by the table's key."""
    changes = ", ".join(f"{name} = s.{name}" for name in table.names)
    text = (
        f"MERGE INTO {where.of(table)} AS t USING ({_source(table.columns)}) AS s ON t.{table.key} = s.{table.key} "
        f"WHEN MATCHED AND s.version >= t.version THEN UPDATE SET {changes} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(table.names)}) VALUES ({_of_source(table)})"
    )
    return (Statement(text, (document,)) for document in documents(rows))


def delete_children(where: Place, table: Table, versions: Sequence[Row]) -> Iterator[Statement]:
    """`versions`: ids with their versions. Children of a call that meanwhile has a later version stay."""
    text = (
        f"DELETE FROM {where.of(table)} WHERE call_id IN (SELECT c.call_id FROM {where.of(CALLS)} AS c "
        f"JOIN ({_source((CALL_ID, VERSION))}) AS s ON c.call_id = s.call_id AND c.version = s.version)"
    )
    return (Statement(text, (document,)) for document in documents(versions))


def insert_children(where: Place, table: Table, rows: Sequence[Row], versions: Sequence[Row]) -> Iterator[Statement]:
    """Not those of a call that meanwhile has a later version."""
    version_of = {row[0]: row[1] for row in versions}
    text = (
        f"INSERT INTO {where.of(table)} ({', '.join(table.names)}) SELECT {_of_source(table)} "
        f"FROM ({_source((*table.columns, VERSION))}) AS s "
        f"JOIN {where.of(CALLS)} AS c ON c.call_id = s.call_id AND c.version = s.version"
    )
    return (Statement(text, (document,)) for document in documents([(*row, version_of[row[0]]) for row in rows]))


def select_known(where: Place, call_ids: Sequence[str]) -> Iterator[Statement]:
    text = f"SELECT call_id FROM {where.of(CALLS)} WHERE call_id IN ({_source((CALL_ID,))})"
    return (Statement(text, (document,)) for document in documents([(call_id,) for call_id in call_ids]))


def select_row(where: Place, call_id: str) -> Statement:
    return Statement(f"SELECT {', '.join(CALLS.readable)} FROM {where.of(CALLS)} WHERE call_id = ?", (call_id,))


def documents(rows: Sequence[Row]) -> Iterator[str]:
    """As many rows in one as a statement may have; one that is too large alone is alone."""
    some: list[str] = []
    total = 0
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode())
        if some and total + size > STATEMENT_BYTES:
            yield f"[{','.join(some)}]"
            some, total = [], 0
        some.append(text)
        total += size
    if some:
        yield f"[{','.join(some)}]"


def _source(columns: Sequence[Column]) -> str:
    cells = ", ".join(f"{_cell(number, column.kind)} AS {column.name}" for number, column in enumerate(columns))
    return f"SELECT {cells} FROM (SELECT PARSE_JSON(?) AS document) AS d, LATERAL FLATTEN(INPUT => d.document) AS f"


def _cell(number: int, kind: Kind) -> str:
    """JSON is text in the document too, so that none is NULL and not the JSON value null."""
    cell = f"f.value[{number}]"
    return f"PARSE_JSON({cell}::VARCHAR)" if kind is Kind.JSON else f"{cell}::{TYPES[kind]}"


def _of_source(table: Table) -> str:
    return ", ".join(f"s.{name}" for name in table.names)
