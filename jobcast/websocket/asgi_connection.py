"""`AsgiConnection`: a WebSocket of any ASGI server, for as long as its ASGI call lasts."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from starlette.websockets import WebSocket, WebSocketDisconnect

from jobcast.websocket.connection import Connection, Listener, MakeListener
from jobcast.websocket.frames import REASON_BYTES
from jobcast.websocket.outlet import CLOSE_SECONDS, SharedPayload
from jobcast.websocket.protocol import ClientLeft, CloseCode

# An ASGI extension of our server (jobcast.websocket_protocol); under another one, closing has to
# do.
ABORT = "jobcast.abort"

# What may wait here, beside what the server holds of it: as much as a transport would.
MOST_BYTES = 64 * 1024

# A client that is gone: starlette and the servers each say it in their way.
_GONE = (WebSocketDisconnect, RuntimeError, OSError)


class AsgiConnection(Connection):
    """One loop that receives, and one that sends what was put into a queue."""

    def __init__(self, websocket: WebSocket, *, message_bytes: int, stall: timedelta) -> None:
        """Speak by `websocket`, which is accepted; take messages of at most `message_bytes`."""
        self.writable = True
        self._websocket = websocket
        self._message_bytes = message_bytes
        self._stall_seconds = stall.total_seconds()
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._queued = asyncio.Event()
        self._unblocked = asyncio.Event()
        self._readable = asyncio.Event()
        self._readable.set()
        self._over = asyncio.Event()
        self._last_words: tuple[int, str] | None = None  # None: the client is gone

    async def serve(self, make_listener: MakeListener) -> None:
        """Return when the connection is over."""
        listener = make_listener(self)
        try:
            async with asyncio.TaskGroup() as tasks:
                receiving = tasks.create_task(self._receive(listener))
                sending = tasks.create_task(self._send_queued())
                await self._over.wait()
                receiving.cancel()
                if self._last_words is None:
                    sending.cancel()
                else:
                    await self._close(sending, *self._last_words)
        finally:
            self._end()
            listener.on_lost()

    def _end(self) -> None:
        self.writable = False
        for waited_for in (self._over, self._queued, self._unblocked):
            waited_for.set()

    # What comes

    async def _receive(self, listener: Listener) -> None:
        while not self._over.is_set():
            await self._readable.wait()
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                self._end()
                return
            text = event.get("text")
            # Every character takes at least a byte, so the cheap check comes first.
            if text is None:
                listener.on_bytes()
            elif len(text) > self._message_bytes or len(text.encode()) > self._message_bytes:
                self.close(CloseCode.BAD_REQUEST, "The message is too large")
            else:
                listener.on_text(text)

    def pause_reading(self) -> None:
        """Tell of no more messages."""
        self._readable.clear()

    def resume_reading(self) -> None:
        """Go on."""
        self._readable.set()

    # What is sent

    def send(self, message: bytes) -> None:
        """Send one message, which is JSON. Never blocks."""
        if self._over.is_set():
            return
        self._queue.append(message)
        self._queued_bytes += len(message)
        self.writable = self._queued_bytes < MOST_BYTES
        self._queued.set()

    def send_payload(self, payload: SharedPayload, tail: bytes) -> None:
        """Send a `next` message; `tail` is as `SharedPayload` has it. Never blocks."""
        self.send(payload.message(tail))

    async def until_writable(self) -> None:
        """Return when the client has read what waited for it; at once if nothing does.

        Raises:
            ClientLeft: The connection is closed, or about to be: for the stall time, too.
        """
        while not self.writable:
            if self._over.is_set():
                raise ClientLeft
            self._unblocked.clear()
            await self._unblocked.wait()

    def close(self, code: int, reason: str) -> None:
        """Close after all that was sent; a client that does not read the close is cut off."""
        if not self._over.is_set():
            self._last_words = code, reason
            self._end()

    async def _send_queued(self) -> None:
        """Return when all is sent and no more will come."""
        while self._queue or not self._over.is_set():
            if not self._queue:
                self._queued.clear()
                await self._queued.wait()
                continue
            message = self._queue.popleft()
            try:
                async with asyncio.timeout(self._stall_seconds):
                    await self._websocket.send_text(message.decode())
            except TimeoutError:
                self._queue.clear()
                self.close(CloseCode.TIMEOUT, "The client reads nothing")
            except _GONE:
                self._end()
                return
            self._queued_bytes -= len(message)
            self.writable = self._queued_bytes < MOST_BYTES and not self._over.is_set()
            if self.writable:
                self._unblocked.set()

    async def _close(self, sending: asyncio.Task[None], code: int, reason: str) -> None:
        cut = reason.encode()[:REASON_BYTES].decode(errors="ignore")
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await sending
                await self._websocket.close(code, cut)
        except TimeoutError:
            # Not even the close gets through. Without this the socket would stay until TCP gives
            # up, a quarter of an hour later.
            abort = (self._websocket.scope.get("extensions") or {}).get(ABORT)
            if abort is not None:
                abort["abort"]()
        except _GONE:
            pass
