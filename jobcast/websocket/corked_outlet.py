"""`CorkedOutlet`: writes frames to a transport, all of a turn of the event loop in one piece."""

from __future__ import annotations

import asyncio
from collections.abc import MutableSet
from dataclasses import dataclass
from typing import Any

from jobcast.websocket.connection import Connection
from jobcast.websocket.cork import CORK_BYTES, Cork
from jobcast.websocket.frames import text_head
from jobcast.websocket.keepalive import Keepalive
from jobcast.websocket.outlet import SharedPayload
from jobcast.websocket.protocol import ClientLeft, CloseCode, ConnectionClosed


@dataclass(frozen=True, slots=True)
class ConnectionParts:
    """What all connections of a process share.

    Attributes:
        connections: Those that the server has to shut down at its end.
        message_bytes: The largest message that is taken.
        stall_seconds: How long a client may read nothing while something waits for it.
    """

    loop: asyncio.AbstractEventLoop
    connections: MutableSet[Any]
    cork: Cork
    keepalive: Keepalive
    message_bytes: int
    stall_seconds: float


class CorkedOutlet(Connection):
    """The half of a connection that is written."""

    __slots__ = (
        "_blocked",
        "_closing",
        "_cork",
        "_out",
        "_out_bytes",
        "_parts",
        "_transport",
        "_unblocked",
        "writable",
    )

    def __init__(self, transport: asyncio.Transport, parts: ConnectionParts) -> None:
        """Write to `transport`."""
        self.writable = True
        self._transport = transport
        self._parts = parts
        self._cork = parts.cork
        self._out: list[bytes] | None = None  # of this turn of the loop
        self._out_bytes = 0  # beside the first message
        self._blocked = False  # whether the transport holds as much as it is to hold
        self._unblocked: asyncio.Event | None = None  # only while somebody waits for it
        self._closing = False

    def send(self, message: bytes) -> None:
        """Send one message, which is JSON. Never blocks."""
        self._write(text_head(len(message)), message)

    def send_payload(self, payload: SharedPayload, tail: bytes) -> None:
        """Send a `next` message; `tail` is as `SharedPayload` has it. Never blocks."""
        self._write(payload.framed(len(tail)), tail)

    def _write(self, begin: bytes, end: bytes) -> None:
        if self._closing:
            return
        out = self._out
        if out is None:
            self._out = [begin, end]
            self._out_bytes = 0
            self._cork.add(self)
        else:
            out += (begin, end)
            self._out_bytes += len(begin) + len(end)
            if self._out_bytes > CORK_BYTES:
                self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        out = self._out
        if out is not None:
            self._out = None
            self._transport.write(b"".join(out))

    async def until_writable(self) -> None:
        """Return when the client has read what waited for it; at once if nothing does.

        Raises:
            ConnectionClosed: It read nothing for the stall time.
            ClientLeft: The connection is closed, or about to be.
        """
        while not self.writable:
            if self._closing:
                raise ClientLeft
            if self._unblocked is None:
                self._unblocked = asyncio.Event()
            unread = self._transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._parts.stall_seconds):
                    await self._unblocked.wait()
            except TimeoutError:
                if self._blocked and self._transport.get_write_buffer_size() >= unread:
                    raise ConnectionClosed(CloseCode.TIMEOUT, "The client reads nothing") from None

    def pause_writing(self) -> None:
        """The client has to read first."""
        self._blocked, self.writable = True, False

    def resume_writing(self) -> None:
        """It has read nearly all."""
        self._blocked, self.writable = False, not self._closing
        self._wake()

    def _stop_writing(self) -> None:
        """What is sent from now on goes nowhere."""
        self._closing, self.writable, self._out = True, False, None
        self._wake()

    def _wake(self) -> None:
        unblocked, self._unblocked = self._unblocked, None
        if unblocked is not None:
            unblocked.set()
