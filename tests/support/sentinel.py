"""A primary, its replica, and a Sentinel that promotes the replica."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobcast.embedded import find_server
from tests.support.killable_valkey import KillableValkey, killable_valkey
from tests.support.stack import free_port

SERVICE = "main"
WAIT_SECONDS = 20.0


@dataclass
class ReplicatedValkey:
    """Both servers, and where their Sentinel listens."""

    primary: KillableValkey
    replica: KillableValkey
    port: int

    @property
    def url(self) -> str:
        """For `JOBCAST_REDIS_URL`."""
        return f"redis+sentinel://127.0.0.1:{self.port}/{SERVICE}"

    async def replicates(self) -> None:
        """Wait until the replica has all that the primary has just now."""
        async with asyncio.timeout(WAIT_SECONDS), Redis(port=self.primary.port) as redis:
            wanted = (await redis.info("replication"))["master_repl_offset"]
            async with Redis(port=self.replica.port) as replica:
                while (await replica.info("replication"))["slave_repl_offset"] < wanted:
                    await asyncio.sleep(0.005)

    async def is_promoted(self) -> None:
        """Wait until the replica is the primary."""
        async with asyncio.timeout(WAIT_SECONDS), Redis(port=self.replica.port) as redis:
            while (await redis.info("replication"))["role"] != "master":
                await asyncio.sleep(0.005)


@asynccontextmanager
async def replicated_valkey(folder: Path) -> AsyncIterator[ReplicatedValkey]:
    """The three processes, once they know each other."""
    async with (
        killable_valkey(folder / "primary", "--repl-diskless-sync-delay", "0") as primary,
        killable_valkey(folder / "replica", "--replicaof", f"127.0.0.1 {primary.port}") as replica,
        _sentinel(folder / "sentinel", primary.port) as port,
    ):
        await _answers(port, "SENTINEL", "REPLICAS", SERVICE)
        valkey = ReplicatedValkey(primary, replica, port)
        async with asyncio.timeout(WAIT_SECONDS), Redis(port=replica.port) as redis:
            while (await redis.info("replication"))["master_link_status"] != "up":
                await asyncio.sleep(0.01)
        yield valkey


@asynccontextmanager
async def _sentinel(folder: Path, primary: int) -> AsyncIterator[int]:
    """A sentinel that gives a primary up after half a second; its port."""
    folder.mkdir(parents=True)
    port = free_port()
    configuration = folder / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor {SERVICE} 127.0.0.1 {primary} 1\n"
        f"sentinel down-after-milliseconds {SERVICE} 500\n"
        f"sentinel failover-timeout {SERVICE} 2000\n"
    )
    process = await asyncio.create_subprocess_exec(
        str(find_server()),
        str(configuration),
        "--sentinel",
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.kill()
        await process.wait()


async def _answers(port: int, *command: str) -> None:
    """Wait until the server answers the command with something."""
    async with asyncio.timeout(WAIT_SECONDS), Redis(port=port, socket_timeout=None) as redis:
        while True:
            with suppress(RedisError, OSError):
                if await redis.execute_command(*command):  # type: ignore[no-untyped-call]
                    return
            await asyncio.sleep(0.02)
