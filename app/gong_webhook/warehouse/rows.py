"""From calls to rows: what a warehouse would choke on is put right here, or refused with a reason. No I/O."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from app.gong_webhook.errors import Rejected
from app.gong_webhook.model import Call
from app.gong_webhook.warehouse.schema import CALLS, PARTICIPANTS, TRACKERS, TRANSCRIPTS, Table

Cell = str | int | float | None
Row = tuple[Cell, ...]
Rows = dict[str, list[Row]]
"""By table name, in the order of the table's columns."""

MICROSECONDS = 1_000_000
LARGEST_INTEGER = 2**63 - 1
MOST_DIGITS = 38
"""Of an integer in a VARIANT; a longer one it keeps as a double."""
LARGEST_ROW_BYTES = 8 * 1024 * 1024
"""Half of what a VARIANT holds in every account, because a row travels as JSON in which each quote takes two bytes.

See https://docs.snowflake.com/en/sql-reference/data-types-semistructured.
"""


def latest(calls: Iterable[Call]) -> list[Call]:
    """One of each id: the latest version, and of equal ones the last."""
    found: dict[str, Call] = {}
    for call in calls:
        if call.call_id not in found or call.version >= found[call.call_id].version:
            found[call.call_id] = call
    return list(found.values())


def rows(calls: Sequence[Call], now: datetime) -> Rows:
    """Raises Rejected where a call cannot be stored anywhere."""
    stored_at = now.isoformat()
    return {
        CALLS.name: [_stored(call.call_id, _call(call, stored_at)) for call in calls],
        PARTICIPANTS.name: _children(calls, "participants"),
        TRANSCRIPTS.name: _children(calls, "sentences"),
        TRACKERS.name: _children(calls, "trackers"),
    }


def readable(table: Table, found: Sequence[Sequence[Any]]) -> dict[str, str]:
    """The first of the rows that were found, by column."""
    return {
        name: str(value)
        for row in found[:1]
        for name, value in zip(table.readable, row, strict=True)
        if value is not None
    }


def version(call: Call) -> int:
    return round(call.version * MICROSECONDS)


def _call(call: Call, stored_at: str) -> Row:
    cells: dict[str, Any] = {name: getattr(call, name, None) for name in CALLS.names}
    cells |= {
        "version": version(call),
        "source": str(call.source),
        "transcript": str(call.transcript),
        "scheduled": time_text(call.scheduled),
        "started": time_text(call.started),
        "payload": json_text(call.call_id, call.payload),
        "details": None if call.details is None else json_text(call.call_id, call.details),
        "received_at": datetime.fromtimestamp(call.received_at, UTC).isoformat(),
        "stored_at": stored_at,
    }
    return tuple(cells.values())


def _children(calls: Sequence[Call], field: str) -> list[Row]:
    return [_stored(call.call_id, row) for call in calls for row in _numbered(call, field)]


def _numbered(call: Call, field: str) -> Iterator[Row]:
    for index, child in enumerate(getattr(call, field)):
        cells = structs.asdict(child)
        # a sentence has a position of its own, the others that in the list
        yield (call.call_id, cells.pop("position", index), *cells.values())


def time_text(text: str | None) -> str | None:
    """ISO 8601 in UTC; None for what is no time, which the payload still has."""
    try:
        moment = datetime.fromisoformat(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def json_text(call_id: str, document: bytes) -> str:
    """The same value as JSON that every warehouse takes: no doubled keys, half characters, or numbers beyond a double.

    Of doubled keys the last stays, half characters become U+FFFD, and such numbers text. Raises Rejected.
    """
    try:
        value = json.loads(document.decode(), parse_float=_real, parse_int=_whole, parse_constant=str)
        return _legible_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "not valid JSON in UTF-8"
        raise Rejected(f"call {call_id}: its JSON is {reason}") from None


def _real(literal: str) -> float | str:
    number = float(literal)
    return number if math.isfinite(number) else literal


def _whole(literal: str) -> int | float | str:
    return int(literal) if len(literal) <= MOST_DIGITS else _real(literal)


def _legible_text(text: str) -> str:
    """Half of a surrogate pair is not a character, and cannot be sent."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _stored(call_id: str, row: Row) -> Row:
    cells = tuple(_storable(call_id, cell) for cell in row)
    if sum(len(cell.encode()) for cell in cells if isinstance(cell, str)) > LARGEST_ROW_BYTES:
        raise Rejected(f"call {call_id}: a row of more than {LARGEST_ROW_BYTES} bytes")
    return cells


def _storable(call_id: str, cell: Cell) -> Cell:
    match cell:
        case str():
            return _legible_text(cell)
        case float():
            return cell if math.isfinite(cell) else None
        case int() if abs(cell) > LARGEST_INTEGER:
            raise Rejected(f"call {call_id}: an integer of more than 64 bits")
    return cell
