"""Gong's API as this service uses it: what is asked, in pages and batches. Answers stay JSON; `enrich` reads them.

Shapes: Gong's OpenAPI document. What it may add without warning is ignored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw, Struct

from app.errors import Unavailable
from app.gong_webhook.errors import Rejected
from app.gong_webhook.gong.directory import Directory
from app.gong_webhook.gong.transport import Request, Transport
from app.gong_webhook.model import User
from app.gong_webhook.ratelimit import Purpose
from app.gong_webhook.storable import storable

log = logging.getLogger(__name__)

PAGE = 100
# a listing so long is none: a cursor that leads on for ever would spend the day's budget
MOST_PAGES = 1_000
LONGEST_ID = 64
# all that is stored; media is left out, for its addresses live for hours
CONTENT = {
    "context": "Extended",
    "exposedFields": {
        "parties": True,
        "content": {
            "structure": True,
            "topics": True,
            "trackers": True,
            "trackerOccurrences": True,
            "pointsOfInterest": True,
            "brief": True,
            "outline": True,
            "highlights": True,
            "callOutcome": True,
            "keyPoints": True,
        },
        "interaction": {"speakers": True, "video": True, "personInteractionStats": True, "questions": True},
        "collaboration": {"publicComments": True},
    },
}
Id = str | int
T = TypeVar("T")


class Listed(NamedTuple):
    """A call in Gong's list: its id, and its metadata as JSON."""

    call_id: str
    metadata: bytes


class _Records(Struct):
    cursor: str | None = None


class _Page(Struct, rename="camel"):
    """Each of Gong's lists comes under a name of its own; a page has one. Entries are decoded one by one."""

    records: _Records | None = None
    calls: list[Raw] = []
    call_transcripts: list[Raw] = []
    users: list[Raw] = []

    @property
    def entries(self) -> list[Raw]:
        return self.calls + self.call_transcripts + self.users


class _Named(Struct):
    id: Id


class _Detailed(Struct, rename="camel"):
    meta_data: _Named


class _Spoken(Struct, rename="camel"):
    call_id: Id
    transcript: Any = None


class _Person(Struct, rename="camel"):
    id: Id
    first_name: Any = None
    last_name: Any = None
    email_address: Any = None


class Gong:
    """Every method raises BudgetSpent, Unavailable, and Rejected, which holds for the request as a whole.

    What Gong has not, or not yet, is absent from the answer; so is what it says in a form that cannot be read.
    """

    def __init__(self, transport: Transport) -> None:
        """Closes the transport with itself."""
        self._transport = transport
        self._directory = Directory()
        self._asking_for_users = asyncio.Lock()

    async def extensive(self, call_ids: Collection[str], purpose: Purpose) -> dict[str, bytes]:
        """What Gong knows of each call, as JSON, by id."""
        body = {"contentSelector": CONTENT}
        entries = self._entries("/v2/calls/extensive", body, "callIds", call_ids, purpose)
        read = [(raw, _decoded(raw, _Detailed)) async for raw in entries]
        found = {str(each.meta_data.id): bytes(raw) for raw, each in read if each}
        return _only(call_ids, found)

    async def transcripts(self, call_ids: Collection[str], purpose: Purpose) -> dict[str, bytes]:
        """The monologues of each call that has some, as JSON, by id."""
        entries = self._entries("/v2/calls/transcript", {}, "callIds", call_ids, purpose)
        read = [_decoded(raw, _Spoken) async for raw in entries]
        found = {str(each.call_id): msgspec.json.encode(each.transcript) for each in read if each and _is_said(each)}
        return _only(call_ids, found)

    async def users(self, user_ids: Collection[str]) -> dict[str, User]:
        """By id; remembered for a while, unknown ones too."""
        async with self._asking_for_users:
            for some in _chunks(self._directory.missing(user_ids)):
                read = await self._people(some)
                self._directory.learn(some, {str(each.id): _user(each) for each in read if each})
        return self._directory.users(user_ids)

    async def _people(self, user_ids: Sequence[str]) -> list[_Person | None]:
        """None at all where Gong refuses an id among them: whoever put it into a call, it is asked for in vain."""
        entries = self._entries("/v2/users/extensive", {}, "userIds", user_ids, Purpose.ENRICH)
        try:
            return [_decoded(raw, _Person) async for raw in entries]
        except Rejected as refusal:
            log.warning("users are left unknown: %s", refusal)
            return []

    async def calls(self, since: datetime, until: datetime) -> AsyncIterator[list[Listed]]:
        """Those that started in the window, page by page, in Gong's order, which it does not document."""
        async for page in self._pages(_listing(since, until), Purpose.RECONCILE):
            read = [(raw, _decoded(raw, _Named)) for raw in page.entries]
            yield [
                Listed(str(each.id), bytes(raw)) for raw, each in read if each and 0 < len(str(each.id)) <= LONGEST_ID
            ]

    async def check(self) -> str:
        """Asks for the calls of one minute."""
        now = datetime.now(UTC)
        await self._transport.ask(_listing(now - timedelta(minutes=1), now), Purpose.RECONCILE)
        return "answers, and accepts the API key"

    async def close(self) -> None:
        await self._transport.close()

    async def _entries(
        self, path: str, body: dict[str, Any], key: str, ids: Collection[str], purpose: Purpose
    ) -> AsyncIterator[Raw]:
        for some in _chunks(list(dict.fromkeys(ids))):
            request = Request("POST", path, body={**body, "filter": {key: some}})
            async for page in self._pages(request, purpose):
                for raw in page.entries:
                    yield raw

    async def _pages(self, request: Request, purpose: Purpose) -> AsyncIterator[_Page]:
        """Until one has no cursor. https://visioneers.gong.io says 100 records a page; nothing here depends on it."""
        seen = {""}
        cursor = ""
        while len(seen) <= MOST_PAGES:
            answer = await self._transport.ask(_next(request, cursor), purpose)
            if answer is None:
                return
            page = _page(answer)
            yield page
            cursor = (page.records and page.records.cursor) or ""
            if not cursor:
                return
            if cursor in seen:
                break
            seen.add(cursor)
        raise Unavailable("Gong", f"answers {request.path} with pages that do not end")


def _next(request: Request, cursor: str) -> Request:
    if not cursor:
        return request
    if request.body is None:
        return request._replace(params={**request.params, "cursor": cursor})
    return request._replace(body={**request.body, "cursor": cursor})


def _page(answer: bytes) -> _Page:
    try:
        return msgspec.json.decode(storable(answer), type=_Page)
    except (msgspec.DecodeError, RecursionError):
        raise Unavailable("Gong", "answers with something else than the JSON it documents") from None


def _decoded(raw: Raw, kind: type[T]) -> T | None:
    """None where Gong writes an entry in a form that cannot be read: it must not spoil the page."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        log.warning("an entry of Gong's answer cannot be read: %s", error)
        return None


def _only(ids: Collection[str], found: dict[str, bytes]) -> dict[str, bytes]:
    """Nobody else's, whatever Gong answers."""
    return {each: found[each] for each in ids if each in found}


def _is_said(spoken: _Spoken) -> bool:
    """An empty transcript is one that is not ready (Gong answers 404 for the same)."""
    if isinstance(spoken.transcript, list):
        return bool(spoken.transcript)
    log.warning("the transcript of a call cannot be read", extra={"call_id": str(spoken.call_id)[:LONGEST_ID]})
    return False


def _user(person: _Person) -> User:
    names = [name for name in (person.first_name, person.last_name) if isinstance(name, str) and name]
    email = person.email_address if isinstance(person.email_address, str) else None
    return User(str(person.id), " ".join(names) or None, email)


def _listing(since: datetime, until: datetime) -> Request:
    return Request("GET", "/v2/calls", params={"fromDateTime": _zulu(since), "toDateTime": _zulu(until)})


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))
