"""What a session may do and for how long: a state machine that knows neither socket nor clock.

Times are seconds of one clock that only goes forward; whoever calls says what time it is.
"""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from app.dv_pipecat.closing import CODES, RESUMABLE, Close, Reason

# what a client sent that goes away by itself: RFC 6455, 7.4.1
NORMAL, NO_STATUS, ABNORMAL = 1000, 1005, 1006
# what the websocket library found wrong with a frame, and has told the client
INVALID_PAYLOAD, TOO_BIG, PROTOCOL_ERROR = 1007, 1009, 1002


class Limits(Struct, frozen=True):
    """Seconds, bytes, messages a second."""

    idle: float
    length: float
    message_bytes: int
    messages_per_second: int
    connecting: float = 10.0
    # that a client may take to read what is sent to it
    stalled: float = 10.0


class State(Enum):
    CONNECTING = auto()
    ACTIVE = auto()
    DRAINING = auto()
    CLOSED = auto()


class Session:
    """`now`: when its client came."""

    __slots__ = ("_began", "_credit", "_credited", "_heard", "_limits", "_writing", "close", "opened_at", "state")

    def __init__(self, limits: Limits, now: float) -> None:
        self.state = State.CONNECTING
        self.close: Close | None = None
        self.opened_at = now
        self._limits = limits
        self._began = now
        self._heard = now
        self._writing: float | None = None
        self._credit = float(limits.messages_per_second)
        self._credited = now

    @property
    def resumable(self) -> bool:
        """Whether its client may go on with it elsewhere."""
        return self.close is not None and self.close.reason in RESUMABLE

    def connected(self, now: float, age: float = 0.0) -> None:
        """`age`: seconds that it has lasted before, on other pods."""
        if self.state is State.CONNECTING:
            self.state = State.ACTIVE
        self._began = now - age
        self._heard = now

    def received(self, size: int, now: float) -> Close | None:
        """A message of `size` bytes; what is wrong with it, if anything."""
        self._heard = now
        limits = self._limits
        if size > limits.message_bytes:
            return self.end(Close(Reason.OVERSIZED, f"a message may have {limits.message_bytes} bytes"))
        rate = limits.messages_per_second
        self._credit = min(self._credit + (now - self._credited) * rate, rate) - 1
        self._credited = now
        if self._credit < 0:
            return self.end(Close(Reason.FLOOD, f"more than {rate} messages a second"))
        return None

    def writing(self, now: float) -> None:
        """Something is on its way to the client, which may keep us waiting."""
        if self._writing is None:
            self._writing = now

    def written(self, now: float) -> None:
        """It is out. What the service says keeps a session alive as well as what it hears."""
        self._writing = None
        self._heard = now

    def drain(self) -> None:
        """The pod is about to go: the session goes on, and is asked to move when the pod's time is over."""
        if self.state is not State.CLOSED:
            self.state = State.DRAINING

    def due(self, now: float) -> Close | None:
        """Which limit has been reached, if any; to be asked about once a second."""
        limits = self._limits
        if self.state is State.CLOSED:
            return None
        if self._writing is not None and now - self._writing > limits.stalled:
            return self.end(Close(Reason.STALLED, f"nothing was read for {limits.stalled:g} s; resume is possible"))
        if self.state is State.CONNECTING and now - self.opened_at > limits.connecting:
            return self.end(Close(Reason.BUG, f"the conversation did not start within {limits.connecting:g} s"))
        if now - self._began > limits.length:
            return self.end(Close(Reason.LENGTH, f"a session may last {limits.length:g} s"))
        if now - self._heard > limits.idle:
            return self.end(Close(Reason.IDLE, f"nothing was said for {limits.idle:g} s"))
        return None

    def lost(self, code: int) -> Close:
        """The connection is gone; `code` is what the client, or the websocket library, closed it with."""
        reason = _CLOSED_WITH.get(code, Reason.LEFT)
        return self.end(Close(reason, f"closed with {code}", 0 if reason is Reason.LOST else code))

    def end(self, close: Close) -> Close:
        """The first reason holds."""
        self.state = State.CLOSED
        if self.close is None:
            self.close = close
        return self.close


# by others a client may mean anything: its session waits for it
_CLOSED_WITH = {
    NORMAL: Reason.CLIENT,
    NO_STATUS: Reason.LOST,
    ABNORMAL: Reason.LOST,
    INVALID_PAYLOAD: Reason.MALFORMED,
    PROTOCOL_ERROR: Reason.MALFORMED,
    TOO_BIG: Reason.OVERSIZED,
    CODES[Reason.FLOOD]: Reason.FLOOD,
}
