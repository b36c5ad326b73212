"""A `LiveConnection` on a socket pair, and what goes over it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jobcast.websocket.connection import MakeListener
from jobcast.websocket.cork import Cork
from jobcast.websocket.corked_outlet import ConnectionParts
from jobcast.websocket.keepalive import Keepalive
from jobcast.websocket.live_connection import LiveConnection

PATIENCE_SECONDS = 20.0


class Told:
    """Notes what a connection tells."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lost = 0

    def on_text(self, text: str) -> None:
        self.texts.append(text)

    def on_bytes(self) -> None:
        raise AssertionError("nothing sends bytes here")

    def on_lost(self) -> None:
        self.lost += 1


class CountedWrites:
    """A transport that notes what is written to it, and how often."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.writes: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self._transport.write(data)


class Served:
    """A connection, its transport, and the client's end."""

    def __init__(
        self, outlet: LiveConnection, transport: CountedWrites, client: socket.socket
    ) -> None:
        self.outlet = outlet
        self.transport = transport
        self.client = client


@asynccontextmanager
async def live_connection(
    make_listener: MakeListener, *, stall_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[Served]:
    """One for the block; it is cut at the end."""
    loop = asyncio.get_running_loop()
    ours, client = socket.socketpair()
    client.setblocking(False)  # noqa: FBT003
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    counted = CountedWrites(transport)
    parts = ConnectionParts(
        loop=loop,
        connections=set(),
        cork=Cork(loop),
        keepalive=Keepalive(PATIENCE_SECONDS, PATIENCE_SECONDS),
        message_bytes=1000,
        stall_seconds=stall_seconds,
    )
    outlet = LiveConnection(counted, parts, make_listener)  # type: ignore[arg-type]
    with client:
        yield Served(outlet, counted, client)
        transport.abort()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while parts.connections:
                await asyncio.sleep(0)
