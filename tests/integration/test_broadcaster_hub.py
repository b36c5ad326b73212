"""One pub/sub connection for a process, and what happens when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from broadcaster.events import Event, Kind
from broadcaster.valkey import ValkeyBroadcaster
from tests.support.stack import free_port

pytestmark = pytest.mark.anyio

CHANNEL = "test:{q}:job:1"


async def pubsub_clients(redis: Redis) -> int:
    return len(await redis.client_list(_type="pubsub"))


async def subscribed_channels(redis: Redis) -> int:
    return len(await redis.pubsub_channels("*"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_many_subscribers_share_one_connection_and_leave_nothing_behind(
    valkey_port: int,
) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        for n in range(20):
            await broadcaster.publish(f"test:{{q}}:job:{n}", b"x")
        inside = asyncio.Semaphore(0)

        async def follow(n: int) -> None:
            async with broadcaster.subscribe(f"test:{{q}}:job:{n % 20}") as deliveries:
                await anext(deliveries)
                inside.release()
                await anext(deliveries)

        async with asyncio.TaskGroup() as tasks:
            followers = [tasks.create_task(follow(n)) for n in range(200)]
            for _ in followers:
                await inside.acquire()

            assert await pubsub_clients(redis) == 1
            assert await subscribed_channels(redis) == 20

            for follower in followers:
                follower.cancel()

        async def nothing_left() -> bool:
            return await subscribed_channels(redis) == 0

        await until(nothing_left)


async def test_a_lost_connection_in_the_middle_of_a_stream_loses_nothing(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        await broadcaster.publish(CHANNEL, b"x")
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await anext(deliveries)

            async def publish() -> None:
                for n in range(300):
                    if n % 50 == 25:
                        await redis.client_kill_filter(_type="pubsub")
                    await broadcaster.publish(CHANNEL, b"x")
                await broadcaster.publish(CHANNEL, b"x", kind=Kind.FINAL)

            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                tasks.create_task(publish())
                offsets = [
                    delivery.position.offset
                    async for delivery in deliveries
                    if isinstance(delivery, Event)
                ]

    assert offsets == list(range(2, 303))


async def test_the_last_event_is_found_though_its_message_was_lost(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        await broadcaster.publish(CHANNEL, b"x")
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await anext(deliveries)

            await redis.client_kill_filter(_type="pubsub")
            await broadcaster.publish(CHANNEL, b"x", kind=Kind.FINAL)

            async with asyncio.timeout(5):
                assert len([delivery async for delivery in deliveries]) == 1


async def test_a_flushed_script_cache_goes_unnoticed(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        await broadcaster.publish(CHANNEL, b"x")
        await redis.script_flush()

        position = await broadcaster.publish(CHANNEL, b"y")

    assert position.offset == 2


async def test_joining_while_the_last_one_leaves_still_gets_messages(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        await broadcaster.publish(CHANNEL, b"x")
        for n in range(50):
            async with broadcaster.subscribe(CHANNEL) as deliveries:
                await anext(deliveries)
            async with broadcaster.subscribe(CHANNEL) as deliveries:
                first = await anext(deliveries)
                await broadcaster.publish(CHANNEL, b"x")
                async with asyncio.timeout(2):
                    second = await anext(deliveries)

            assert isinstance(second, Event), first
            assert second.position.offset == n + 2


async def test_an_outage_is_told_once_and_not_at_every_attempt(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("broadcaster.hub.RECONNECT_SECONDS", 0.001)
    async with Redis(port=free_port(), retry=Retry(NoBackoff(), 0)) as redis:
        attempts = 0
        connect: Callable[[], Awaitable[object]] = redis.connection_pool.get_connection

        async def counted() -> object:
            nonlocal attempts
            attempts += 1
            return await connect()

        async def five() -> bool:
            return attempts >= 5

        monkeypatch.setattr(redis.connection_pool, "get_connection", counted)
        async with ValkeyBroadcaster(redis):
            await until(five)

    assert [record.getMessage()[:27] for record in caplog.records] == [
        "Cannot subscribe to Valkey "
    ]
