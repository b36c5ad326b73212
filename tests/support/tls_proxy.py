"""TLS in front of a server that has none, since the embedded Valkey is built without it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.support.certificates import KeyPair

_CHUNK_BYTES = 64 * 1024


@asynccontextmanager
async def tls_proxy(
    target: int,
    server: KeyPair,
    *,
    clients_signed_by: Path | None = None,
    rewrites: Mapping[bytes, bytes] | None = None,
) -> AsyncIterator[int]:
    """The port at which `target` is reached by TLS, and only by that.

    Args:
        target: The plain server's port on loopback.
        server: What the proxy presents.
        clients_signed_by: Whose certificates clients have to present; None asks for none.
        rewrites: What to replace in the server's replies (when it comes in one piece).
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=clients_signed_by)
    context.load_cert_chain(server.certificate, server.key)
    context.verify_mode = ssl.CERT_REQUIRED if clients_signed_by else ssl.CERT_NONE
    open_ones: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)
        with suppress(OSError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", target)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_forward(reader, to_server, {}))
                    both.create_task(_forward(from_server, writer, rewrites or {}))
            except* OSError:
                pass  # one side is gone: so is the other
            finally:
                to_server.transport.abort()
        open_ones.discard(writer)
        writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for writer in tuple(open_ones):
            writer.transport.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await listening.wait_closed()


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rewrites: Mapping[bytes, bytes]
) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        for old, new in rewrites.items():
            chunk = chunk.replace(old, new)
        writer.write(chunk)
        await writer.drain()
    writer.transport.abort()  # ends the other direction too
