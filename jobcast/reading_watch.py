"""`ReadingWatch`: drops a connection whose client does not read what was written."""

from __future__ import annotations

import asyncio

# Bytes a second, either way: half of what the slowest mobile network (GPRS) sends. What goes more
# slowly holds a connection, and up to 24 MiB of an upload's parts, for next to nothing.
SLOWEST_RATE = 2 * 1024


class ReadingWatch:
    """While it is on, so much has to be read in each period, or all of it."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, seconds: float
    ) -> None:
        """Watch `transport`; a period takes `seconds`."""
        self._transport = transport
        self._loop = loop
        self._seconds = seconds
        self._unread = 0  # bytes, when last looked
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look from now on."""
        if self._timer is None:
            self._look_later()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_later(self) -> None:
        self._unread = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self._seconds, self._look)

    def _look(self) -> None:
        read = self._unread - self._transport.get_write_buffer_size()
        if read < SLOWEST_RATE * self._seconds:
            self._timer = None
            self._transport.abort()
        else:
            self._look_later()
