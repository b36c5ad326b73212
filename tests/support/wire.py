"""What goes to Valkey: writes of one client, and scripts that a server runs, by name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from tests.support.known_scripts import known_scripts


class Writes:
    """How often a client has written to its connections: each is a round trip."""

    def __init__(self) -> None:
        self.count = 0


def counting_writes(client: Redis) -> Writes:
    """Count them from here on; before the client's first command."""
    writes = Writes()
    pool: Any = client.connection_pool

    class CountingConnection(pool.connection_class):  # type: ignore[misc]
        async def _connect(self) -> None:
            await super()._connect()
            self._writer._transport = CountingTransport(self._writer.transport, writes)

    pool.connection_class = CountingConnection
    return writes


class CountingTransport:
    """A transport that counts what is written to it."""

    def __init__(self, transport: asyncio.Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Pass it on, counted."""
        self._writes.count += 1
        self._transport.write(data)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """The same, of pieces that are one write."""
        self.write(b"".join(pieces))


@asynccontextmanager
async def counted_scripts(port: int) -> AsyncIterator[Counter[str]]:
    """The scripts run during the block, whoever sent them; complete once the block has ended."""
    names = {script.sha: script.name for script in known_scripts()}
    counts: Counter[str] = Counter()
    mark = uuid4().hex

    async def count(monitor: Any) -> None:
        while True:
            words = (await monitor.next_command())["command"].split(" ", 2)
            if mark in words:
                return
            # EVAL is not counted: how a script gets to the server is no matter of each job.
            if words[0] == "EVALSHA":
                counts[names[words[1]]] += 1

    async with (
        Redis(port=port, decode_responses=True) as redis,
        redis.monitor() as monitor,
        asyncio.timeout(30),
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(count(monitor))
        yield counts
        await redis.echo(mark)
