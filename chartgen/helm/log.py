"""What Helm logs while it renders, kept from the user's standard error: it holds values, which may be secret.

Helm in this process logs to file descriptor 2, from Go, for each render anew. After `capture` what is in Go's log stays
here, and anything else, as a crash of Go, goes on to the real standard error at once.

Renders run side by side, and their lines do not say whose they are. So nothing is kept of them but that there were any;
who wants to know what a render makes Helm say, has it done once more, alone, by `said`.
"""

from __future__ import annotations

import _socket  # socket takes milliseconds to import
import atexit
import faulthandler
import io
import os
import re
import select
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from chartgen.threads import LISTENING

STDERR = 2
CHUNK = 65536
PATIENCE = 100_000
"""Microseconds for which a write waits: Python would wait for itself where it writes why it must die."""
RECORD = re.compile(
    r"(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (?:(?:DEBUG|INFO|WARN|ERROR) )?|\w+\.go:\d+: |level=\w+ msg=)"
    r'(?:"(?P<quoted>(?:\\.|[^"\\])*)")?(?P<rest>.*)'
)
"""The beginning of what is logged, by Helm's SDK, by Helm 3 and by Helm 4. Lines that follow belong to it."""
CRASH = re.compile(r"panic: |fatal error: |runtime: |SIG[A-Z]+: |unexpected fault address |Fatal Python error: ")
NO_WARNING = re.compile(r"found symbolic link in path")


class _Turns:
    """Work side by side, and work that wants to be alone. What is begun within either belongs to it."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._running = self._wanting = 0
        self._here = threading.local()

    @contextmanager
    def together(self) -> Iterator[None]:
        if vars(self._here):
            yield
            return
        with self._change:
            self._wait(lambda: not self._wanting)
            self._running += 1
        try:
            with self._within():
                yield
        finally:
            with self._change:
                self._running -= 1
                self._change.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._change:
            self._wanting += 1
            try:
                self._wait(lambda: not self._running)
                with self._within():
                    yield
            finally:
                self._wanting -= 1
                self._change.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        """Waits little by little, for Ctrl-C to be heard."""
        while not self._change.wait_for(until, LISTENING):
            pass

    @contextmanager
    def _within(self) -> Iterator[None]:
        self._here.within = True
        try:
            yield
        finally:
            del self._here.within


class _Log:
    """Whether Helm has said anything yet, and what it says while somebody wants to know."""

    def __init__(self) -> None:
        self.was_used = False
        self.lines: list[str] | None = None

    def add(self, line: str) -> bool:
        """Takes a line that begins what Helm logs; tells whether it is one."""
        found = RECORD.match(line)
        if found is None:
            return False
        words = ((found["quoted"] or "").replace('\\"', '"') + found["rest"]).strip()
        if not NO_WARNING.match(words):
            self.was_used = True
            if self.lines is not None:
                self.lines.append(words)
        return True


class _Captured:
    """A socket in the place of file descriptor 2, and the descriptor of the real standard error.

    In a pipe the last words of a process that crashes would be lost; a socket holds a few of them only, and who writes
    more waits until they are read.
    """

    def __init__(self) -> None:
        try:
            self.real = os.dup(STDERR)
        except OSError:  # it is closed, and the next file to be opened would get its number
            os.dup2(os.open(os.devnull, os.O_WRONLY), STDERR)
            self.real = os.dup(STDERR)
        self._reader, writer = _socket.socketpair()
        writer.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 1)
        writer.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, struct.pack("ll", 0, PATIENCE))
        os.dup2(writer.fileno(), STDERR)
        writer.close()
        self._lock = threading.Lock()
        self._begun = b""
        self._in_record = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            select.select([self._reader.fileno()], [], [])
            self.read()

    def read(self) -> None:
        """Takes all that has been written until now."""
        with self._lock, suppress(BlockingIOError):
            while chunk := self._reader.recv(CHUNK, _socket.MSG_DONTWAIT):
                *lines, self._begun = (self._begun + chunk).split(b"\n")
                for line in lines:
                    self._take(line + b"\n")

    def finish(self) -> None:
        self.read()
        self._take(self._begun)

    def _take(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\n")
        if _log.add(text):
            self._in_record = True
        elif CRASH.match(text) or not self._in_record:
            self._in_record = False
            with suppress(OSError):
                os.write(self.real, line)


_turns = _Turns()
_log = _Log()
_captured: list[_Captured] = []

rendering = _turns.together
"""A context, or a decorator, of whatever may make Helm log something."""


def capture() -> None:
    """From now on, keep from the user what Helm logs in this process. What goes to `sys.stderr` arrives as before."""
    stream = sys.stderr
    captured = _Captured()
    _captured.append(captured)
    atexit.register(captured.finish)
    if faulthandler.is_enabled():
        faulthandler.enable(captured.real)
    if isinstance(stream, io.TextIOWrapper):
        stream.flush()
        sys.stderr = io.TextIOWrapper(
            os.fdopen(captured.real, "wb", 0 if stream.write_through else -1, closefd=False),
            stream.encoding,
            stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )


def add(text: str) -> None:
    """What a helm program has said on its standard error."""
    for line in text.splitlines():
        _log.add(line)


def said(ask: Callable[[], object]) -> tuple[str, ...]:
    """What Helm warns of when `ask` has it render something: each message once, without its time and level.

    `ask` is not called where Helm has never said a word. Values are still in the messages, of several lines the first.
    """
    _read()
    if not _log.was_used:
        return ()
    with _turns.alone():
        _read()
        lines = _log.lines = []
        try:
            ask()
        finally:
            _read()
            _log.lines = None
    return tuple(sorted(set(lines)))


def _read() -> None:
    for each in _captured:
        each.read()
