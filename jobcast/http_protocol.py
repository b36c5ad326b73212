"""HTTP as uvicorn speaks it, but with an end to waiting: for a head, and for a client to read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from jobcast.lingering_transport import LingeringTransport
from jobcast.reading_watch import ReadingWatch

# A head is sent in one piece, so this is generous even on a phone's network. Without it, a client
# that sends a byte now and then holds a connection for ever.
HEAD_SECONDS = 10.0
# Proxies allow 8 to 32 KiB; a token has at most 16 KiB, a query in the URL 8 KiB.
HEAD_BYTES = 64 * 1024


def guarded_http(stall: timedelta) -> type[GuardedHttp]:
    """`GuardedHttp`, for uvicorn to make; clients may read next to nothing for `stall`."""
    return type("GuardedHttp", (GuardedHttp,), {"stall_seconds": stall.total_seconds()})


class GuardedHttp(HttpToolsProtocol):
    """Gives up connections on which a head does not end, or an answer is not read."""

    stall_seconds = 30.0  # a client may read next to nothing for so long (`guarded_http`)

    _timer: asyncio.TimerHandle | None = None
    _bytes = 0  # of a head that is not complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first head."""
        lingering = LingeringTransport(transport, self.loop, linger_seconds=self.stall_seconds)
        super().connection_made(lingering.as_transport())
        self._reading = ReadingWatch(transport, self.loop, self.stall_seconds)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        self._head_is_complete()
        self._reading.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """There is more to read than the transport is to hold."""
        super().pause_writing()
        self._reading.start()

    def resume_writing(self) -> None:
        """Nearly all of it was read."""
        super().resume_writing()
        self._reading.stop()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a head or a body."""
        if self._timer is not None:
            self._bytes += len(data)
        super().data_received(data)
        if self._timer is not None and self._bytes > HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """It has ended."""
        self._head_is_complete()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if self._timer is None:
            self._bytes = 0
            self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse, 408)

    def _head_is_complete(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int) -> None:
        self._head_is_complete()
        if not self.transport.is_closing():
            head = STATUS_LINE[status] + b"connection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head)
            self.transport.close()
