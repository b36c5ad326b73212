"""`LiveConnection`: a WebSocket (RFC 6455) after its handshake, as callbacks of one object."""

from __future__ import annotations

import asyncio

from jobcast.lingering_transport import LINGER_SECONDS, LingeringTransport
from jobcast.websocket.connection import Listener, MakeListener
from jobcast.websocket.corked_outlet import ConnectionParts, CorkedOutlet
from jobcast.websocket.frames import (
    FrameFault,
    FrameReader,
    FrameRefused,
    Opcode,
    check_close,
    close_frame,
    control_frame,
)
from jobcast.websocket.outlet import CLOSE_SECONDS
from jobcast.websocket.protocol import CloseCode

# What the client's answer to a close may take (RFC 6455, section 7.1.1); as uvicorn has it.
CLOSE_ANSWER_SECONDS = 10.0

# The server's own (IANA's registry of close codes).
NO_ANSWER = 1011


class LiveConnection(CorkedOutlet, asyncio.Protocol):
    """Takes over a transport for the rest of its life.

    There is no task, no timer and no buffer to it while it is idle.
    """

    __slots__ = ("_deaf", "_listener", "_paused", "_pong", "_reader", "_timer")

    def __init__(
        self, transport: asyncio.Transport, parts: ConnectionParts, make_listener: MakeListener
    ) -> None:
        """Serve a transport on which the handshake was answered just now."""
        super().__init__(transport, parts)
        self._reader = FrameReader(parts.message_bytes)
        self._pong: bytes | None = None  # kept back while the client does not read
        self._paused = False
        self._deaf = False  # drops what comes
        self._timer: asyncio.TimerHandle | None = None  # once it closes
        self._listener: Listener | None = None
        parts.connections.add(self)
        parts.keepalive.join(self)
        transport.set_protocol(self)
        self._listener = make_listener(self)

    # What comes

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if not self._deaf:
            self._reader.feed(data)
            self._read()

    def pause_reading(self) -> None:
        """Tell of no more messages, and take none from the network."""
        self._paused = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on; messages that are there already are told of within this call."""
        if self._paused:
            self._paused = False
            self._read()
            if not self._paused:
                self._transport.resume_reading()

    def _read(self) -> None:
        try:
            while not (self._paused or self._deaf):
                frame = self._reader.next()
                if frame is None:
                    return
                self._take(*frame)
        except FrameRefused as refused:
            self.refuse(refused)

    def _take(self, opcode: Opcode, data: bytes) -> None:
        match opcode:
            case Opcode.PING:
                self._answer_ping(data)
            case Opcode.PONG:
                self._parts.keepalive.answered(self, data)
            case Opcode.CLOSE:
                self._answer_close(data)
            case _ if self._closing or self._listener is None:
                pass  # sent before the client knew
            case Opcode.TEXT:
                try:
                    text = data.decode()
                except UnicodeDecodeError:
                    raise FrameRefused(FrameFault.INVALID_TEXT, "Text must be UTF-8") from None
                self._listener.on_text(text)
            case _:
                self._listener.on_bytes()

    def _answer_ping(self, data: bytes) -> None:
        """Answer, unless the client reads no answers.

        RFC 6455, section 5.5.3: of pings that came together, the last may do.
        """
        pong = control_frame(Opcode.PONG, data)
        if self._blocked:
            self._pong = pong
        else:
            self._write(pong, b"")

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._pong is not None:
            pong, self._pong = self._pong, None
            self._write(pong, b"")

    # Signs of life

    def ping(self, frame: bytes) -> None:
        """Send a ping, ready made."""
        self._write(frame, b"")

    def give_up(self) -> None:
        """No ping was answered in time."""
        self._end(NO_ANSWER, "keepalive ping timeout")

    # The end

    def close(self, code: int, reason: str) -> None:
        """Close after all that was sent; a client that does not read the close is cut off."""
        if self._closing:
            return
        self._write_last(close_frame(code, reason))
        seconds = CLOSE_SECONDS if self._blocked else CLOSE_ANSWER_SECONDS
        self._timer = self._parts.loop.call_later(seconds, self._close_is_late)
        self.resume_reading()  # for the answer

    def shutdown(self) -> None:
        """The server ends: send the client elsewhere."""
        self._end(CloseCode.RESTART, "")

    def eof_received(self) -> None:
        """The client will send nothing more."""
        self._stop_writing()
        self._hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing goes either way any more."""
        self._stop_writing()
        self._forget()
        self._parts.connections.discard(self)
        self._set_timer(None)

    def _answer_close(self, data: bytes) -> None:
        check_close(data)
        if not self._closing:
            self._write_last(control_frame(Opcode.CLOSE, data))  # section 5.5.1: the same code
        self._deaf = True
        self._hang_up()

    def _end(self, code: int, reason: str) -> None:
        if not self._closing:
            self._write_last(close_frame(code, reason))
        self._hang_up()

    def refuse(self, refused: FrameRefused) -> None:
        """Close because of what the client sent.

        A connection that is closed while there is more to read is reset, and its client may not
        see the code. So it goes on for a moment, and what comes is dropped.
        """
        self._deaf = True
        if not self._closing:
            self._write_last(close_frame(refused.code, refused.reason))
            self._transport.write_eof()
            self._forget()
            self._set_timer(self._parts.loop.call_later(LINGER_SECONDS, self._hang_up))

    def _write_last(self, frame: bytes) -> None:
        self._write(frame, b"")
        self.flush()
        self._stop_writing()
        self._parts.keepalive.leave(self)

    def _close_is_late(self) -> None:
        if self._blocked:
            # Not even the close gets through. Without this the socket would stay until TCP gives
            # up, a quarter of an hour later.
            self._transport.abort()
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        """Close the transport once its client has read all, or reads nothing."""
        self._forget()
        self._set_timer(None)
        LingeringTransport(self._transport, self._parts.loop).close()

    def _forget(self) -> None:
        self._parts.keepalive.leave(self)
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.on_lost()

    def _set_timer(self, timer: asyncio.TimerHandle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer
