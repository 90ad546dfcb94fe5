"""Work beside the main thread. Helm leaves the interpreter free while it works, so a second core can take part.

And the main thread stays free to hear Ctrl-C: Python hears signals there alone, and not while it runs C code.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

A = TypeVar("A")
T = TypeVar("T")
LISTENING = 0.1
"""Seconds between two looks whether there was a signal."""


class _Worker:
    """A thread that is used again: Go takes long to get to know a new one. The process's end does not wait for it."""

    def __init__(self) -> None:
        self.work: SimpleQueue[Callable[[], Any]] = SimpleQueue()
        self.outcomes: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            work = self.work.get()
            try:
                self.outcomes.put((work(), None))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
                self.outcomes.put((None, error))


_idle: list[_Worker] = []


def _free_worker() -> _Worker:
    try:
        return _idle.pop()
    except IndexError:
        return _Worker()


class Started(Generic[T]):
    """Work that runs in a thread of its own; `result`, asked for once, waits for it and raises what it raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._worker = _free_worker()
        self._worker.work.put(work)

    def result(self, seconds: float = math.inf) -> T:
        """Raises TimeoutError; the work then goes on until the process ends."""
        value, error = self._outcome(time.monotonic() + seconds)
        _idle.append(self._worker)
        if error is not None:
            raise error
        result: T = value
        return result

    def _outcome(self, deadline: float) -> tuple[Any, BaseException | None]:
        """Waits little by little: a signal that one of Go's threads took does not wake the main thread."""
        while True:
            try:
                return self._worker.outcomes.get(timeout=LISTENING)
            except Empty:
                if time.monotonic() > deadline:
                    raise TimeoutError from None


class lazy(Generic[A, T]):  # noqa: N801 - used as a decorator
    """A property that is made when it is first asked for, in several threads at once.

    Before Python 3.12 `functools.cached_property` lets one thread at a time make it, of all objects.
    """

    def __init__(self, make: Callable[[A], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __get__(self, owner: A, _: type[A]) -> T:
        found = vars(owner)[self._make.__name__] = self._make(owner)
        return found


def in_order(work: Callable[[A], T], items: Iterable[A], at_once: int) -> Iterator[T]:
    """The result for each item, in order, with so many at work at once."""
    begun: deque[Started[T]] = deque()
    for item in items:
        begun.append(Started(partial(work, item)))
        if len(begun) == at_once:
            yield begun.popleft().result()
    for each in begun:
        yield each.result()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
