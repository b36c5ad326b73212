"""What a process's hub and watches leave behind, and how they meet a server that refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from broadcaster.errors import BackendUnavailable
from broadcaster.events import Event
from broadcaster.feed import PAGE, FeedWatch
from broadcaster.hub import PING_SECONDS, SILENCE_SECONDS
from broadcaster.valkey import ValkeyBroadcaster
from tests.support.fault_proxy import fault_proxy, pubsub

pytestmark = pytest.mark.anyio

CHANNEL = "test:{q}:job:1"
FEED = "test:{q}:feed:ada"


async def test_nothing_is_kept_of_a_channel_that_nobody_follows_any_more(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        for n in range(20):
            await broadcaster.publish(f"test:{{q}}:job:{n}", b"x")
            async with broadcaster.subscribe(f"test:{{q}}:job:{n}") as deliveries:
                await anext(deliveries)

        assert not broadcaster._hub.registry.entries
        assert not broadcaster._hub._unacknowledged


async def test_a_refused_subscription_does_not_hammer_the_server(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as admin:
        raw: Any = admin  # its raw command methods are untyped
        await raw.execute_command(
            "ACL", "SETUSER", "mute", "on", ">x", "~*", "+@all", "resetchannels"
        )
        await raw.execute_command("RPUSH", f"{CHANNEL}:history", "1 e - x")
        async with Redis(port=valkey_port, username="mute", password="x") as redis:
            before = (await admin.info("stats"))["total_connections_received"]
            async with ValkeyBroadcaster(redis) as broadcaster:
                with pytest.raises(BackendUnavailable):
                    async with broadcaster.subscribe(CHANNEL):
                        pass
            after = (await admin.info("stats"))["total_connections_received"]
        await admin.acl_deluser("mute")

    assert after - before < 20


async def test_a_connection_that_went_silent_is_given_up_and_made_anew(valkey_port: int) -> None:
    async with (
        fault_proxy(valkey_port) as proxy,
        Redis(port=proxy.port) as redis,
        ValkeyBroadcaster(redis) as broadcaster,
    ):
        await broadcaster.publish(CHANNEL, b"before")
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await anext(deliveries)
            assert proxy.strand(pubsub) == 1
            await broadcaster.publish(CHANNEL, b"after")
            async with asyncio.timeout(PING_SECONDS + SILENCE_SECONDS + 4):
                event = await anext(deliveries)

    assert isinstance(event, Event)
    assert event.payload == b"after"


async def test_a_removed_channel_does_not_hide_the_changes_after_it(valkey_port: int) -> None:
    count = PAGE + 100
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        watch = FeedWatch(broadcaster._changes)
        await watch.start([FEED])
        async with asyncio.TaskGroup() as tasks:
            for n in range(count):
                tasks.create_task(broadcaster.publish(f"test:{{q}}:job:{n}", b"x", feeds=[FEED]))
        await redis.delete("test:{q}:job:3", "test:{q}:job:3:history")

        watch.disturb()
        seen: set[str] = set()
        events = watch.events()
        async with asyncio.timeout(5):
            while len(seen) < count - 1:
                seen.add((await anext(events)).channel)
        await events.aclose()

    assert "test:{q}:job:3" not in seen


async def test_a_feed_that_was_not_written_for_a_while_gives_all_newest_states(
    valkey_port: int,
) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        watch = FeedWatch(broadcaster._changes)
        await watch.start([FEED])
        await broadcaster.publish("test:{q}:job:1", b"1", feeds=[FEED])
        await broadcaster.publish("test:{q}:job:2", b"1", feeds=[FEED])
        async with asyncio.timeout(5):
            watch.disturb()
            events = watch.events()
            assert [(await anext(events)).channel[-1] for _ in range(2)] == ["1", "2"]

            await redis.delete(FEED + ":followed")  # as when it expires
            await broadcaster.publish("test:{q}:job:1", b"2", feeds=[FEED])
            async with broadcaster.watch([FEED]):  # somebody else begins to follow it
                watch.disturb()
                again = {(event := await anext(events)).channel: event.payload for _ in range(2)}
            await events.aclose()

    assert again == {"test:{q}:job:1": b"2", "test:{q}:job:2": b"1"}


async def test_a_feed_that_nobody_follows_only_learns_of_new_channels(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        for channel in ("test:{q}:job:1", "test:{q}:job:2", "test:{q}:job:1"):
            await broadcaster.publish(channel, b"x", feeds=["test:{q}:feed:nobody"])

        revisions = await redis.zrange("test:{q}:feed:nobody", 0, -1, withscores=True)

    assert revisions == [(b"test:{q}:job:1", 1), (b"test:{q}:job:2", 2)]


async def test_a_feed_named_twice_is_watched_once(valkey_port: int) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        async with broadcaster.watch([FEED, FEED]) as events:
            await broadcaster.publish(CHANNEL, b"x", feeds=[FEED])
            async with asyncio.timeout(5):
                changed = await anext(events)

        assert changed.channel == CHANNEL
