"""HTTP as uvicorn speaks it, but with an end to waiting for a request's head."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# A head is sent in one piece, so this is generous even on a phone's network. Without it, a client
# that sends a byte now and then holds a connection for ever.
HEAD_SECONDS = 10.0
# Proxies allow 8 to 32 KiB; a token has at most 16 KiB, a query in the URL 8 KiB.
HEAD_BYTES = 64 * 1024


class GuardedHttp(HttpToolsProtocol):
    """Gives up connections on which a head does not arrive, or does not end."""

    _timer: asyncio.TimerHandle | None = None
    _bytes = 0  # of a head that is not complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        self._head_is_complete()
        super().connection_lost(exc)

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
