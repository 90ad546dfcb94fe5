"""A load balancer that leads one TCP connection after the other to the next server: what a Service is to its pods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import cycle
from ssl import SSLContext
from threading import Thread
from typing import NamedTuple

START_SECONDS = 60.0
CHUNK_BYTES = 65_536


class _Running(NamedTuple):
    url: str
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


@contextmanager
def balancing(ports: Iterable[int], tls: SSLContext | None = None) -> Iterator[str]:
    """Its URL. `ports` take turns; a port that is named twice gets two turns a round. `tls` ends here."""
    started: Future[_Running] = Future()
    thread = Thread(target=lambda: asyncio.run(_balance(ports, tls, started)), daemon=True)
    thread.start()
    running = started.result(START_SECONDS)
    yield running.url
    running.loop.call_soon_threadsafe(running.stop.set)
    thread.join()


async def _balance(ports: Iterable[int], tls: SSLContext | None, started: Future[_Running]) -> None:
    turns, stop = cycle(ports), asyncio.Event()
    writers: list[asyncio.StreamWriter] = []

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", next(turns))
        except OSError:
            writer.close()
            return
        writers.append(far_writer)
        await _join(reader, writer, far_reader, far_writer)

    server = await asyncio.start_server(lead, "127.0.0.1", ssl=tls)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if tls else "http"
    started.set_result(_Running(f"{scheme}://127.0.0.1:{port}", asyncio.get_running_loop(), stop))
    await stop.wait()
    server.close()
    for writer in writers:
        writer.transport.abort()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Until one side closes."""
    copying = [asyncio.create_task(_copy(reader, far_writer)), asyncio.create_task(_copy(far_reader, writer))]
    await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
    for task in copying:
        task.cancel()
    await asyncio.gather(*copying, return_exceptions=True)
    writer.close()
    far_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK_BYTES):
        target.write(data)
        await target.drain()
