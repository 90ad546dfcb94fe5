"""Finds the calls whose webhook never came: Gong's list is compared with the warehouse, and what lacks is enqueued.

Gong promises no delivery and no second try. A call's metadata may also appear in its list long after the call
(PipedreamHQ/pipedream issue 21479), so windows overlap and are compared by id; a moving mark would miss late ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import msgspec
from msgspec import Raw

from app.gong_webhook.errors import BudgetSpent, Full
from app.gong_webhook.gong import Gong, Listed
from app.gong_webhook.model import Delivery, Source
from app.gong_webhook.queue import Queue
from app.gong_webhook.warehouse import Warehouse

# a webhook comes when Gong has processed the call, "which can take several hours": until then it is not missing
SETTLE = timedelta(hours=6)
# the oldest first, and a slice at a time: what is not done when the budget is spent has a date
SLICE = timedelta(days=1)
_UNITS = {"h": "hours", "d": "days"}


class Report(NamedTuple):
    """Calls. `reached`: up to where the list was compared; `stopped`: why not to the end of the window, if it was not.

    `known`: in the warehouse; `duplicates`: in the queue already, or given up, or just done.
    """

    listed: int
    known: int
    enqueued: int
    duplicates: int
    reached: datetime
    stopped: str | None = None


async def reconcile(
    gong: Gong,
    warehouse: Warehouse,
    queue: Queue,
    *,
    since: datetime,
    now: datetime,
    most_waiting: int,
    settle: timedelta = SETTLE,
) -> Report:
    """Compares calls that started from `since` to `settle` before `now`.

    Leaves the room beyond `most_waiting` jobs in the queue to webhooks. Raises Unavailable.
    """
    report = Report(0, 0, 0, 0, reached=since)
    for start, end in _slices(since, now - settle):
        try:
            async for page in gong.calls(start, end):
                await _leave_room(queue, most_waiting)
                report = await _compare(page, warehouse, queue, report, now)
        except (BudgetSpent, Full) as stop:
            return report._replace(stopped=str(stop))
        report = report._replace(reached=end)
    return report


def parse_since(text: str, now: datetime) -> datetime:
    """From "48h", "7d", a UTC date, or an ISO time with its zone. Raises ValueError, in words for the user."""
    if span := re.fullmatch(r"([0-9]{1,5})([hd])", text):
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write 48h, 7d, 2026-11-20 or 2026-11-20T08:00Z") from None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        moment = moment.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: end it with Z or with +02:00")
    if moment > now:
        raise ValueError(f"{text!r} has not come yet")
    return moment


async def _leave_room(queue: Queue, most_waiting: int) -> None:
    if (await queue.depth()).jobs > most_waiting:
        raise Full(f"more than {most_waiting} calls wait already, and webhooks need the rest of the queue")


async def _compare(page: Sequence[Listed], warehouse: Warehouse, queue: Queue, report: Report, now: datetime) -> Report:
    known = await warehouse.known({call.call_id for call in page})
    held = await queue.holds([call.call_id for call in page if call.call_id not in known])
    wanted = [_delivery(call, now) for call in page if call.call_id not in known | held]
    new = await queue.put(wanted) if wanted else []
    return report._replace(
        listed=report.listed + len(page),
        known=report.known + len(known),
        enqueued=report.enqueued + sum(new),
        duplicates=report.duplicates + len(held) + len(new) - sum(new),
    )


def _delivery(call: Listed, now: datetime) -> Delivery:
    """Its digest is the same in every run: what waits in the queue is not enqueued again."""
    body = msgspec.json.encode({"callData": {"metaData": Raw(call.metadata)}, "isTest": False})
    return Delivery(
        call_id=call.call_id,
        body=body,
        digest=sha256(f"reconcile:{call.call_id}".encode()).hexdigest(),
        received_at=now.timestamp(),
        request_id=f"reconcile-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{call.call_id}",
        source=Source.RECONCILE,
    )


def _slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + SLICE, until)
        yield since, end
        since = end
