"""HTTP as uvicorn speaks it, but with an end to waiting: for a head, and for a client to read."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from jobcast.address_limit import AddressLimit
from jobcast.error_response import errors_body
from jobcast.head_rules import fault_in_head
from jobcast.lingering_transport import LingeringTransport
from jobcast.one_write import OneWriteCycle
from jobcast.reading_watch import ReadingWatch
from schema.error_codes import ErrorCode

# A head is sent in one piece, so this is generous even on a phone's network. Without it, a client
# that sends a byte now and then holds a connection for ever.
HEAD_SECONDS = 10.0
# Proxies allow 8 to 32 KiB; a token has at most 16 KiB, a query in the URL 8 KiB.
HEAD_BYTES = 64 * 1024


def guarded_http(stall: timedelta, addresses: AddressLimit) -> type[GuardedHttp]:
    """`GuardedHttp`, for uvicorn to make.

    Args:
        stall: How long a client may read next to nothing.
        addresses: Counts connections, until they become WebSockets.
    """
    members = {"stall_seconds": stall.total_seconds(), "addresses": addresses}
    return type("GuardedHttp", (GuardedHttp,), members)


class GuardedHttp(HttpToolsProtocol):
    """Gives up connections on which a head does not end, or an answer is not read."""

    # `guarded_http` sets both.
    stall_seconds = 30.0  # a client may read next to nothing for so long
    addresses: AddressLimit

    _in_head = True  # or before the first one
    _timer: asyncio.TimerHandle | None = None
    _bytes = 0  # of a head that is not complete
    _body_is_complete = False  # of the last request
    _handed_on = False  # to the WebSocket's protocol
    _fault = "This is no HTTP/1.1 request."  # what the parser says, in brief

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first head."""
        lingering = LingeringTransport(transport, self.loop, linger_seconds=self.stall_seconds)
        super().connection_made(lingering.as_transport())
        self._reading = ReadingWatch(transport, self.loop, self.stall_seconds)
        self._counted = self.addresses.enter(self._address())
        if self._counted:
            self._await_head()
        else:
            transport.abort()  # an answer would cost as much as a request

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        self._head_is_complete()
        self._reading.stop()
        self._count_no_more()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is counted as a WebSocket."""
        self._handed_on = True
        self._count_no_more()
        super().handle_websocket_upgrade()
        del self.parser  # refers back to this object, which would wait for the garbage collector

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
        if self._in_head:
            self._bytes += len(data)
        super().data_received(data)
        if self._between_requests():
            self._in_head, self._bytes = True, len(data)  # an empty line, which may precede a head
        if not self._in_head:
            return
        self._await_head()
        if self._bytes > HEAD_BYTES:
            self._refuse(431, f"The head is larger than {HEAD_BYTES} bytes.", ErrorCode.TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins; nearly always it ends in the same data, and needs no timer."""
        super().on_message_begin()
        self._body_is_complete = False
        if not self._in_head:
            self._in_head, self._bytes = True, 0

    def on_message_complete(self) -> None:
        """The request is there as a whole."""
        super().on_message_complete()
        self._body_is_complete = True

    def on_headers_complete(self) -> None:
        """It has ended."""
        self._head_is_complete()
        handshake = self.parser.should_upgrade() and self._should_upgrade()
        version = self.parser.get_http_version()
        if fault := fault_in_head(self.headers, version, handshake=handshake):
            self._fault = fault
            raise ValueError(fault)  # ends the parsing, and `send_400_response` is called
        super().on_headers_complete()
        if not handshake:
            # uvicorn makes one of its own class, and its task has not begun yet.
            self.cycle.__class__ = OneWriteCycle

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed."""
        self._refuse(400, self._fault, ErrorCode.BAD_REQUEST)

    def _between_requests(self) -> bool:
        """Whether nothing is under way; by data that begin no head, uvicorn's own timer ends."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if not self._body_is_complete or self._handed_on or cycle is None:
            return False
        return bool(cycle.response_complete)

    def _address(self) -> str:
        return self.client[0] if self.client else "a unix socket"

    def _count_no_more(self) -> None:
        if self._counted:
            self._counted = False
            self.addresses.leave(self._address())

    def _await_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse_late_head)

    def _head_is_complete(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_late_head(self) -> None:
        message = f"The head did not arrive within {HEAD_SECONDS:g} s."
        self._refuse(408, message, ErrorCode.TIMEOUT)

    def _refuse(self, status: int, message: str, code: ErrorCode) -> None:
        self._head_is_complete()
        if self.transport.is_closing():
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        # In the middle of an earlier answer it would be taken for a part of that.
        if cycle is None or cycle.response_complete:
            body = json.dumps(errors_body(message, code)).encode()
            self.transport.write(
                STATUS_LINE[status]
                + b"connection: close\r\ncontent-type: application/json\r\n"
                + b"content-length: %d\r\n\r\n" % len(body)
                + body
            )
        self.transport.close()
