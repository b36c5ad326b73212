"""`RepliesProtocol`: a connection's replies, each handed on within the callback that read it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse

from broadcaster.error_replies import error_reply

# What is parsed, and given to everyone, before anything else in the process is done: some hundred
# usual events.
TURN_BYTES = 64 * 1024


class RepliesProtocol(asyncio.Protocol):
    """Takes over a connection on which all was read that was asked for.

    redis-py's reader costs some 20 µs a message, a stream and its time-out 10 µs for each time
    that something comes; hiredis, fed from the callback, takes 1 µs.

    Attributes:
        lost: Fails with what ended the connection.
        heard_at: Loop time, in seconds, of the last bytes that came.
    """

    def __init__(self, transport: asyncio.Transport, take: Callable[[Any], None]) -> None:
        """Give every reply to `take`, errors too; what it raises ends the connection."""
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.heard_at = self._loop.time()
        self._transport = transport
        self._take = take
        self._waiting = bytearray()
        self._going_on = False
        self._replies = hiredis.Reader(protocolError=InvalidResponse, replyError=error_reply)
        self._replaced = transport.get_protocol()
        transport.set_protocol(self)

    async def until_lost(
        self, silence_seconds: float, asked_at: Callable[[], float | None]
    ) -> NoReturn:
        """Wait for the connection's end.

        Args:
            silence_seconds: Without a byte, after which it is given up.
            asked_at: Tells since when (loop time) there is something to hear; None: there is not.

        Raises:
            RedisError, OSError: What ended it.
            TimeoutError: Valkey said nothing for too long.
        """
        while not self.lost.done():
            left = silence_seconds
            if (asked := asked_at()) is not None:
                left += max(asked, self.heard_at) - self._loop.time()
                if left <= 0:
                    raise TimeoutError("Valkey said nothing for too long.")
            await asyncio.wait([self.lost], timeout=left)
        self.lost.result()
        raise AssertionError("A connection is lost by an error.")

    def data_received(self, data: bytes) -> None:
        """Take bytes; what is too much for one turn of the loop waits for the next."""
        self.heard_at = self._loop.time()
        if self._waiting or len(data) > TURN_BYTES:
            self._waiting += data
            if not self._going_on:
                self._go_on()
        else:
            self._parse(data)

    def eof_received(self) -> None:
        """Valkey hung up."""
        self.fail(RedisConnectionError("Valkey closed the connection."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._replaced.connection_lost(exc)
        self.fail(exc or RedisConnectionError("The connection to Valkey was closed."))

    def fail(self, exc: Exception) -> None:
        """Give the connection up; nothing that still comes is handed on."""
        if not self.lost.done():
            self.lost.set_exception(exc)
            self.lost.exception()  # nobody has to ask: it may be we who hung up

    def _go_on(self) -> None:
        piece = bytes(self._waiting[:TURN_BYTES])
        del self._waiting[:TURN_BYTES]
        self._parse(piece)
        if self.lost.done():
            return
        self._going_on = bool(self._waiting)
        if self._going_on:
            self._transport.pause_reading()
            self._loop.call_soon(self._go_on)
        else:
            self._transport.resume_reading()

    def _parse(self, data: bytes) -> None:
        try:
            self._replies.feed(data)
            while not self.lost.done() and (reply := self._replies.gets()) is not False:
                self._take(reply)
        except Exception as exc:  # noqa: BLE001 - whoever awaits `lost` is told
            self.fail(exc)
