"""Closing a connection whose client does not read."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import pytest
import uvloop

from jobcast.lingering_transport import LingeringTransport

MORE_THAN_SYSTEMS_KEEP = 32 * 2**20  # bytes


class Sending(asyncio.Protocol):
    """Sends more than a client reads, and closes."""

    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        lingering = LingeringTransport(
            cast(asyncio.Transport, transport), asyncio.get_running_loop(), linger_seconds=0.1
        )
        lingering.write(b" " * MORE_THAN_SYSTEMS_KEEP)
        lingering.close()
        lingering.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_a_closed_connection_ends_although_its_client_reads_nothing(runner: object) -> None:
    async def close() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Sending(ended), "127.0.0.1", 0)
        async with server:
            with socket.create_connection(server.sockets[0].getsockname()):
                async with asyncio.timeout(10):
                    await ended.wait()

    runner(close())  # type: ignore[operator]
