"""WebSockets as uvicorn speaks them, but with bounds on frames and on what nobody reads."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from jobcast.lingering_transport import LINGER_SECONDS, LingeringTransport
from jobcast.token_bucket import TokenBucket
from jobcast.websocket.channel import ABORT

# Pings, pongs and continuations; four seconds' worth may come at once. Browsers send a ping's
# answer now and then; clients in other languages cut a message into pieces of 1 to 64 KiB.
FRAMES_PER_SECOND = 250
# Empty pieces cost memory, and the bound on a message's size does not count them. Less than may
# come at once, so that a client is told of the right limit.
MOST_FRAGMENTS = 900
# Frames are parsed all at once before any is looked at: 4 KiB hold 700, in some 7 ms.
PIECE_BYTES = 4 * 1024


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Gives up connections that flood with frames, or read nothing at all."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._rate = TokenBucket(FRAMES_PER_SECOND)
        self._refused = False
        self._pongs: list[bytes] = []  # kept back while the client does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the client at the other end."""
        super().connection_made(
            LingeringTransport(cast(asyncio.Transport, transport), self.loop).as_transport()
        )

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        for start in range(0, len(data), PIECE_BYTES):
            if self._refused:
                return
            super().data_received(data[start : start + PIECE_BYTES])
            if self.conn.handshake_exc is not None and not self.handshake_complete:
                self._refuse_handshake()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._pongs and not self._refused:
            self.transport.write(b"".join(self._pongs))
        self._pongs = []

    def handle_cont(self, event: Frame) -> None:
        """Take a further piece of a message."""
        if len(self.frames) >= MOST_FRAGMENTS:
            self._refuse(CloseCode.MESSAGE_TOO_BIG, "The message comes in too many pieces")
        elif self._allows():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless the client reads no answers.

        RFC 6455, section 5.5.3: of pings that came together, the last may do.
        """
        if not self._allows():
            return
        if self.writable.is_set():
            super().handle_ping()
        else:
            self._pongs = self.conn.data_to_send() or self._pongs

    def handle_pong(self, event: Frame) -> None:
        """Take a sign of life."""
        if self._allows():
            super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        """Hand on a message that is complete; text must be UTF-8 (RFC 6455, section 8.1)."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._refuse(CloseCode.INVALID_DATA, "Text must be UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close because of what the client sent.

        A connection that is closed while there is more to read is reset, and its client may not
        see the code. So it goes on for a moment, and what comes is dropped.
        """
        if self.close_sent:
            return
        assert self.conn.close_sent is not None  # noqa: S101 - `conn.fail` has just set it
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        self.close_sent = self._refused = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    async def run_asgi(self) -> None:
        """Serve the connection; the application may drop it."""
        self.scope.setdefault("extensions", {})[ABORT] = {"abort": self.transport.abort}
        app = self.app

        async def until_answered(scope: Any, receive: Any, send: Any) -> None:
            await app(scope, receive, send)
            # A handshake that was refused in words is complete; uvicorn would log an error.
            self.handshake_complete = self.handshake_complete or self.close_sent

        self.app = until_answered
        await super().run_asgi()

    def _refuse_handshake(self) -> None:
        """Send websockets' answer to a head that it does not take; uvicorn forgets to."""
        self._refused = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def _allows(self) -> bool:
        if self._refused:
            return False
        if not self._rate.allows():
            self._refuse(CloseCode.POLICY_VIOLATION, "You send frames too fast")
            return False
        return True

    def _refuse(self, code: CloseCode, reason: str) -> None:
        if not self.close_sent:  # else it is the rest of what came at once
            self.conn.fail(code, reason)
            self.handle_parser_exception()
