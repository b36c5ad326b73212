"""WebSockets as uvicorn speaks them, but with bounds on frames and on what nobody reads."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from jobcast.lingering_transport import LINGER_SECONDS, LingeringTransport, plain
from jobcast.token_bucket import TokenBucket
from jobcast.websocket.asgi_connection import ABORT
from jobcast.websocket.connection import MakeListener
from jobcast.websocket.cork import Cork
from jobcast.websocket.corked_outlet import ConnectionParts
from jobcast.websocket.endpoint import TAKE_OVER
from jobcast.websocket.frames import (
    FRAMES_PER_SECOND,
    MOST_FRAGMENTS,
    FrameFault,
    FrameRefused,
)
from jobcast.websocket.keepalive import Keepalive
from jobcast.websocket.live_connection import LiveConnection

# Frames are parsed all at once before any is looked at: 4 KiB hold 700, in some 7 ms.
PIECE_BYTES = 4 * 1024


def guarded_websocket(stall: timedelta) -> type[GuardedWebSocket]:
    """`GuardedWebSocket`, for uvicorn to make; a client may read nothing for `stall`."""
    return type("GuardedWebSocket", (GuardedWebSocket,), {"stall_seconds": stall.total_seconds()})


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Answers the handshake, and hands the connection on to a `LiveConnection`.

    With compression, or an application that does not ask for that, it serves the connection
    itself, and gives it up when it floods with frames, or reads nothing at all.
    """

    stall_seconds = 30.0  # set by `guarded_websocket`
    parts: ConnectionParts | None = None  # of the class: all its connections share them

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lingering: LingeringTransport
        self._early = False  # whether frames came before the handshake was answered
        self._rate = TokenBucket(FRAMES_PER_SECOND)
        self._refused = False
        self._pongs: list[bytes] = []  # kept back while the client does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the client at the other end."""
        self._lingering = LingeringTransport(plain(transport), self.loop)
        super().connection_made(self._lingering.as_transport())

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self._early = self._early or (self.handshake_initiated and not self.handshake_complete)
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
        """Serve the connection; the application may drop it, or have it as a `LiveConnection`."""
        extensions = self.scope.setdefault("extensions", {})
        extensions[ABORT] = {"abort": self.transport.abort}
        if not self.conn.extensions:  # compression keeps a state, which is in there
            extensions[TAKE_OVER] = {"take_over": self._take_over}
        app = self.app

        async def until_answered(scope: Any, receive: Any, send: Any) -> None:
            self.app = app  # else it would refer to itself
            await app(scope, receive, send)
            # A handshake that was refused in words is complete; uvicorn would log an error.
            self.handshake_complete = self.handshake_complete or self.close_sent

        self.app = until_answered
        await super().run_asgi()

    def _take_over(self, make_listener: MakeListener) -> None:
        """End here, without a word, and go on as a `LiveConnection`."""
        self.stop_keepalive()
        self.connections.discard(self)
        live = LiveConnection(self._lingering.release(), self._shared(), make_listener)
        if self._early:
            reason = "You sent frames before the handshake was answered"
            live.refuse(FrameRefused(FrameFault.PROTOCOL_ERROR, reason))
        # What refers to itself would stay until the garbage collector comes by.
        self.conn.parser.close()
        del self.scope["extensions"], self.request, self.response

    def _shared(self) -> ConnectionParts:
        made = type(self)
        if made.parts is None:
            config = self.config
            made.parts = ConnectionParts(
                loop=self.loop,
                connections=self.connections,
                cork=Cork(self.loop),
                keepalive=Keepalive(config.ws_ping_interval or math.inf, self.stall_seconds),
                message_bytes=config.ws_max_size,
                stall_seconds=self.stall_seconds,
            )
        return made.parts

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
