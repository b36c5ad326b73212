"""A server behind Sentinel: found by name, and found again after a failover."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event, Kind
from broadcaster.valkey import ValkeyBroadcaster
from jobcast.embedded import find_server
from jobcast.redis_connection import (
    Role,
    close,
    close_blocking,
    connect,
    connect_blocking,
)
from tests.support.stack import free_port

pytestmark = pytest.mark.anyio

CHANNEL = "test:{q}:job:1"


@contextmanager
def valkey(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server with files of its own."""
    folder.mkdir()
    process = subprocess.Popen(
        [str(find_server()), *options, "--port", str(port), "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def sentinel(folder: Path, port: int, primary: int) -> Iterator[None]:
    """A sentinel that gives a primary up after half a second."""
    folder.mkdir()
    configuration = folder / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor main 127.0.0.1 {primary} 1\n"
        "sentinel down-after-milliseconds main 500\n"
        "sentinel failover-timeout main 2000\n"
    )
    process = subprocess.Popen(
        [str(find_server()), str(configuration), "--sentinel"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def answers(port: int, *command: str) -> None:
    """Wait until the server answers the command with something."""
    async with asyncio.timeout(20), Redis(port=port, socket_timeout=None) as redis:
        while True:
            with suppress(RedisError, OSError):
                if await redis.execute_command(*command):  # type: ignore[no-untyped-call]
                    return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Redis]:
    redis = connect(f"redis+sentinel://127.0.0.1:{port}/main", Role.API)
    try:
        yield redis
    finally:
        await close(redis)


async def test_a_primary_is_found_by_its_name_and_its_successor_after_a_failover(
    tmp_path: Path,
) -> None:
    primary, replica, watcher = free_port(), free_port(), free_port()
    with ExitStack() as servers:
        first = servers.enter_context(valkey(tmp_path / "primary", primary))
        await answers(primary, "PING")
        servers.enter_context(
            valkey(tmp_path / "replica", replica, "--replicaof", f"127.0.0.1 {primary}")
        )
        servers.enter_context(sentinel(tmp_path / "sentinel", watcher, primary))
        await answers(watcher, "SENTINEL", "REPLICAS", "main")

        async with client(watcher) as redis, ValkeyBroadcaster(redis) as broadcaster:
            await broadcaster.publish(CHANNEL, b"before")
            async with asyncio.timeout(10):
                while not await redis.wait(1, 100):  # until the replica has it
                    pass
            async with broadcaster.subscribe(CHANNEL) as deliveries:
                await anext(deliveries)
                first.kill()
                await publish_once_possible(broadcaster)
                async with asyncio.timeout(20):
                    after = [delivery async for delivery in deliveries]

        blocking = connect_blocking(
            f"redis+sentinel://127.0.0.1:{watcher}/main", timedelta(seconds=2)
        )
        try:
            assert blocking.ping()
        finally:
            close_blocking(blocking)

    assert [event.payload for event in after if isinstance(event, Event)] == [b"after"]


async def publish_once_possible(broadcaster: ValkeyBroadcaster) -> None:
    """Publish the last event, as soon as there is a primary again."""
    async with asyncio.timeout(20):
        while True:
            try:
                await broadcaster.publish(CHANNEL, b"after", kind=Kind.FINAL)
                return
            except BackendUnavailable:
                await asyncio.sleep(0.05)
