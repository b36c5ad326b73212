"""A TCP proxy that can cut its connections: what a client sees when the network fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_CHUNK_BYTES = 64 * 1024


class CuttableProxy:
    """Forwards bytes to `target_port` on loopback until told to cut."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.accepted = 0  # connections so far

    def cut(self) -> None:
        """Reset every open connection, without a closing handshake."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either side closes."""
        self.accepted += 1
        to_server: asyncio.StreamWriter | None = None
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers |= {writer, to_server}
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_copy(reader, to_server))
                tasks.create_task(_copy(from_server, writer))
        except* OSError:
            pass  # the far side is gone: so is this one
        finally:
            for end in (writer, to_server):
                if end is not None:
                    self._writers.discard(end)
                    end.transport.abort()


@asynccontextmanager
async def cuttable_proxy(target_port: int) -> AsyncIterator[CuttableProxy]:
    """A proxy to `target_port` on a port of its own (`proxy.port`)."""
    proxy = CuttableProxy(target_port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.transport.abort()
