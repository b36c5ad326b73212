"""Subscriptions over server-sent events: graphql-sse, "distinct connections mode".

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Each operation is one
request and one stream; it needs no state on the server between requests, and works with plain
`curl`. Comments keep idle streams open through proxies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, suppress
from datetime import UTC, datetime

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jobcast.graphql_http.media_types import EVENTS
from jobcast.request_errors import RequestRefused

# A response as JSON, and the cursor to go on from after it.
Results = AsyncGenerator[tuple[bytes, str | None], None]

# Proxies cut silent responses after 60 s at the earliest that is usual, some mobile ones at 30.
HEARTBEAT_SECONDS = 12.0


class StreamEnded(Exception):
    """The stream is over: its operation completed, or the client left."""


class EventStream(Response):
    """Sends `next` for each result, then `complete`."""

    media_type = EVENTS

    def __init__(
        self,
        results: Callable[[], Results],
        *,
        held: AbstractContextManager[None],
        stall_seconds: float,
        expires_at: datetime | None,
        revoked: Callable[[], Awaitable[None]] | None,
        stopping: asyncio.Event,
    ) -> None:
        """Stream what `results()` yields.

        Args:
            results: Makes the generator; closed at the end, whoever ends it.
            held: Entered while the stream is open.
            stall_seconds: How long the client may read nothing.
            expires_at: When the viewer's token does; the stream then breaks off.
            revoked: Returns once the viewer's watch link is; the stream then breaks off.
            stopping: Set when the server shuts down; the stream then breaks off.
        """
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._results = results
        self._held = held
        self._stall_seconds = stall_seconds
        self._expires_at = expires_at
        self._revoked = revoked
        self._stopping = stopping
        self._ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream until it completes or the client leaves."""
        try:
            with self._held:
                await send(
                    {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                )
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._send_results(send))
                    tasks.create_task(self._send_heartbeats(send))
                    tasks.create_task(_until_disconnect(receive))
                    tasks.create_task(self._until_expiry_or_shutdown())
                    if self._revoked is not None:
                        tasks.create_task(_until(self._revoked))
        except* (StreamEnded, OSError, TimeoutError):
            pass

    async def _send_results(self, send: Send) -> None:
        async with aclosing(self._results()) as results:
            try:
                async for result, cursor in results:
                    await self._send(send, _next(result, cursor))
            except RequestRefused as refused:
                await self._send(send, _next(orjson.dumps({"errors": refused.errors}), None))
        self._ended = True  # no heartbeat after the last byte
        await self._send(send, b"event: complete\ndata:\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        raise StreamEnded

    async def _send_heartbeats(self, send: Send) -> None:
        while not self._ended:
            await self._send(send, b":\n\n")
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _until_expiry_or_shutdown(self) -> None:
        remaining: float | None = None
        if self._expires_at is not None:
            remaining = max(0, (self._expires_at - datetime.now(UTC)).total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(remaining):
                await self._stopping.wait()
        raise StreamEnded

    async def _send(self, send: Send, body: bytes) -> None:
        async with asyncio.timeout(self._stall_seconds):
            await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until(revoked: Callable[[], Awaitable[None]]) -> None:
    await revoked()
    raise StreamEnded


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise StreamEnded


def _next(result: bytes, cursor: str | None) -> bytes:
    # A browser's EventSource gives the last id back in the header Last-Event-ID.
    id_line = b"id: %b\n" % cursor.encode() if cursor else b""
    return id_line + b"event: next\ndata: %b\n\n" % result
