"""A server behind Sentinel: found by name, and found again after a failover."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event, Kind
from broadcaster.valkey import ValkeyBroadcaster
from jobcast.redis_connection import (
    Role,
    close,
    close_blocking,
    connect,
    connect_blocking,
)
from tests.support.sentinel import replicated_valkey

pytestmark = pytest.mark.anyio

CHANNEL = "test:{q}:job:1"


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    redis = connect(url, Role.API)
    try:
        yield redis
    finally:
        await close(redis)


async def test_a_primary_is_found_by_its_name_and_its_successor_after_a_failover(
    tmp_path: Path,
) -> None:
    async with replicated_valkey(tmp_path) as valkey:
        async with client(valkey.url) as redis, ValkeyBroadcaster(redis) as broadcaster:
            await broadcaster.publish(CHANNEL, b"before")
            await valkey.replicates()
            async with broadcaster.subscribe(CHANNEL) as deliveries:
                await anext(deliveries)
                await valkey.primary.kill()
                await publish_once_possible(broadcaster)
                async with asyncio.timeout(20):
                    after = [delivery async for delivery in deliveries]

        blocking = connect_blocking(valkey.url, timedelta(seconds=2))
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
