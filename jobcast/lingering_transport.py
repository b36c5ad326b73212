"""`LingeringTransport`: a connection whose `close` has an end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from jobcast.reading_watch import ReadingWatch

# How long a closed connection stays, for what is on its way: what a client goes on sending, so that
# it gets to read why it was refused, and what it has not yet read.
LINGER_SECONDS = 2.0


class LingeringTransport:
    """A transport that is dropped a moment after `close`, unless its client goes on reading.

    asyncio's waits for as long as the client lets the connection be.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self._transport = transport
        self._watch = ReadingWatch(transport, loop, linger_seconds)
        self._released = False
        # Asked for with each answer, and found faster than by `__getattr__`.
        self.write = transport.write
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def as_transport(self) -> asyncio.Transport:
        """This, as what it stands for."""
        return cast(asyncio.Transport, self)

    def release(self) -> asyncio.Transport:
        """The transport itself, for another owner: closing this one does nothing any more."""
        self._released = True
        return self._transport

    def close(self) -> None:
        """Close after what was written is read, or dropped."""
        if not self._released:
            self._transport.close()
            self._watch.start()


def plain(transport: asyncio.BaseTransport) -> asyncio.Transport:
    """The transport itself, whether it was made a lingering one before or not."""
    if isinstance(transport, LingeringTransport):
        return transport.release()
    return cast(asyncio.Transport, transport)
