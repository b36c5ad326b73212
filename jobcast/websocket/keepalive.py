"""`Keepalive`: pings all connections of a process, and gives up those that do not answer."""

from __future__ import annotations

import asyncio
from typing import Protocol

from jobcast.websocket.frames import Opcode, control_frame

# Of the interval: what is due within it is done together, so that one timer serves for all.
SLACK = 0.05

PAYLOAD_BYTES = 4  # tells a ping from the one before


class Pinged(Protocol):
    """A connection that can be asked for a sign of life."""

    def ping(self, frame: bytes) -> None:
        """Send a ping, ready made."""

    def give_up(self) -> None:
        """No answer came in time."""


class Keepalive:
    """Pings each connection an interval after its last answer."""

    def __init__(self, interval_seconds: float, timeout_seconds: float) -> None:
        """An answer may take `timeout_seconds`."""
        self._interval = interval_seconds
        self._timeout = timeout_seconds
        # Both in the order in which something is due, for all in one wait equally long.
        self._idle: dict[Pinged, float] = {}
        self._asked: dict[Pinged, float] = {}
        self._payloads: dict[Pinged, bytes] = {}  # of those that are asked
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    def join(self, connection: Pinged) -> None:
        """Ping it from now on."""
        self._idle[connection] = asyncio.get_running_loop().time() + self._interval
        self._set_timer()

    def leave(self, connection: Pinged) -> None:
        """Ping it no more."""
        for waiting in (self._idle, self._asked, self._payloads):
            waiting.pop(connection, None)

    def answered(self, connection: Pinged, payload: bytes) -> None:
        """A pong has come; one that does not answer the last ping means nothing."""
        if self._payloads.get(connection) == payload:
            self.leave(connection)
            self.join(connection)

    def _set_timer(self) -> None:
        due = [time for waiting in (self._idle, self._asked) for time in _first(waiting)]
        if self._timer is None and due:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(min(due) + self._interval * SLACK, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for connection in _take_due(self._asked, now):
            del self._payloads[connection]
            connection.give_up()
        self._number = (self._number + 1) % 2 ** (8 * PAYLOAD_BYTES)
        payload = self._number.to_bytes(PAYLOAD_BYTES)
        frame = control_frame(Opcode.PING, payload)
        deadline = now + self._timeout
        for connection in _take_due(self._idle, now):
            self._asked[connection], self._payloads[connection] = deadline, payload
            connection.ping(frame)
        self._set_timer()


def _first(waiting: dict[Pinged, float]) -> list[float]:
    return [next(iter(waiting.values()))] if waiting else []


def _take_due(waiting: dict[Pinged, float], now: float) -> list[Pinged]:
    due = []
    for connection, time in waiting.items():
        if time > now:
            break
        due.append(connection)
    for connection in due:
        del waiting[connection]
    return due
