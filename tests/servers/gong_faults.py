"""What a bad day at Gong brings, one answer each."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from functools import cache

from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

SLOW_SECONDS = 30.0
DRIP_SECONDS = 0.02
DRIPS = 250
BOMB_BYTES = 70 * 1024 * 1024


class Fault(StrEnum):
    """What one answer is instead of the right one."""

    BROKEN = "500"
    BUSY = "503"
    LIMITED = "429"
    FORBIDDEN = "403"
    NO_SUCH_PATH = "404"
    REDIRECT = "redirect"
    TRUNCATED = "truncated"
    CUT = "cut"
    HTML = "html"
    OTHER_TYPE = "other-type"
    DEEP = "deep"
    BAD_GZIP = "bad-gzip"
    SLOW = "slow"
    DRIP = "drip"
    BOMB = "bomb"


def errors(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """Gong's form of an error."""
    return JSONResponse({"requestId": "4al018gzaztcr8nbukw", "errors": [words]}, status, headers)


@cache
def bomb() -> bytes:
    return gzip.compress(bytes(BOMB_BYTES), compresslevel=1)


async def faulty(fault: Fault, retry_after: str) -> Response:
    if fault in {Fault.BROKEN, Fault.FORBIDDEN}:
        return errors(int(fault), "An unexpected error")
    if fault in {Fault.BUSY, Fault.LIMITED}:
        return errors(int(fault), "Later", {"Retry-After": retry_after})
    if fault is Fault.SLOW:
        await asyncio.sleep(SLOW_SECONDS)
    return _ANSWERS[fault]()


_ANSWERS: dict[Fault, Callable[[], Response]] = {
    Fault.NO_SUCH_PATH: lambda: Response("<html>404</html>", 404, media_type="text/html"),
    Fault.REDIRECT: lambda: RedirectResponse("http://127.0.0.1:9/elsewhere"),
    Fault.TRUNCATED: lambda: Response(
        b'{"requestId": "4al", "calls": [{"metaData": {"id": "1"', media_type="application/json"
    ),
    Fault.CUT: lambda: Response(b'{"calls": [', headers={"Content-Length": "5000"}),
    Fault.HTML: lambda: Response("<html>Down for maintenance</html>", media_type="text/html"),
    Fault.OTHER_TYPE: lambda: Response(b'{"records": 1, "calls": {"a": 2}}', media_type="application/json"),
    Fault.DEEP: lambda: Response(b'{"calls": ' + b"[" * 100_000, media_type="application/json"),
    Fault.BAD_GZIP: lambda: Response(b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}),
    Fault.DRIP: lambda: StreamingResponse(_drip()),
    Fault.BOMB: lambda: Response(bomb(), headers={"Content-Encoding": "gzip"}),
    Fault.SLOW: lambda: Response(b"{}"),
}


async def _drip() -> AsyncIterator[bytes]:
    for _ in range(DRIPS):
        yield b" "
        await asyncio.sleep(DRIP_SECONDS)
