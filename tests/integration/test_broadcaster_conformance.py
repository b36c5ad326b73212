"""What every backend of the broadcaster promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from redis.asyncio import Redis

from broadcaster.broadcaster import Broadcaster
from broadcaster.errors import ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, Kind, Position, Reset, ResetReason, Snapshot
from broadcaster.memory import MemoryBroadcaster
from broadcaster.subscription import BUFFER_EVENTS
from broadcaster.valkey import ValkeyBroadcaster

pytestmark = pytest.mark.anyio

CHANNEL = "test:{q}:job:1"
FEED = "test:{q}:feed:ada"

Backend = Callable[[], AbstractAsyncContextManager[Broadcaster]]


@pytest.fixture(params=["memory", "valkey"])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "memory":
        return MemoryBroadcaster
    port = request.getfixturevalue("valkey_port")

    @asynccontextmanager
    async def valkey() -> AsyncIterator[Broadcaster]:
        async with Redis(port=port) as redis, ValkeyBroadcaster(redis) as broadcaster:
            yield broadcaster

    return valkey


async def take(deliveries: AsyncIterator[Delivery], count: int) -> list[Delivery]:
    async with asyncio.timeout(5):
        return [await anext(deliveries) for _ in range(count)]


async def rest(deliveries: AsyncIterator[Delivery]) -> list[Delivery]:
    async with asyncio.timeout(5):
        return [delivery async for delivery in deliveries]


def offset(delivery: Delivery) -> int:
    return (delivery if isinstance(delivery, Event) else delivery.event).position.offset


async def publish(
    broadcaster: Broadcaster, count: int, kind: Kind = Kind.NORMAL, size: int = 1
) -> list[Position]:
    return [await broadcaster.publish(CHANNEL, b"x" * size, kind=kind) for _ in range(count)]


async def test_offsets_count_from_one_without_a_hole(backend: Backend) -> None:
    async with backend() as broadcaster:
        positions = await publish(broadcaster, 3)

    assert [position.offset for position in positions] == [1, 2, 3]
    assert len({position.epoch for position in positions}) == 1


async def test_a_subscriber_without_a_position_begins_with_the_newest_event(
    backend: Backend,
) -> None:
    async with backend() as broadcaster:
        await publish(broadcaster, 3)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            (first,) = await take(deliveries, 1)
            await publish(broadcaster, 2)
            live = await take(deliveries, 2)

    assert isinstance(first, Snapshot)
    assert [offset(delivery) for delivery in (first, *live)] == [3, 4, 5]


async def test_late_subscriber_replays_kept_history_then_goes_live(backend: Backend) -> None:
    async with backend() as broadcaster:
        positions = await publish(broadcaster, 5)
        async with broadcaster.subscribe(CHANNEL, positions[1]) as deliveries:
            replayed = await take(deliveries, 3)
            await publish(broadcaster, 1)
            live = await take(deliveries, 1)

    assert [offset(delivery) for delivery in replayed + live] == [3, 4, 5, 6]


async def test_a_long_replay_goes_on_page_by_page(backend: Backend) -> None:
    async with backend() as broadcaster:
        positions = await publish(broadcaster, 650)
        async with broadcaster.subscribe(CHANNEL, positions[0]) as deliveries:
            replayed = await take(deliveries, 649)

    assert [offset(delivery) for delivery in replayed] == list(range(2, 651))


async def test_a_final_event_ends_the_subscription(backend: Backend) -> None:
    async with backend() as broadcaster:
        await publish(broadcaster, 1)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await take(deliveries, 1)
            await publish(broadcaster, 1, Kind.FINAL)
            ended = await rest(deliveries)

    assert [offset(delivery) for delivery in ended] == [2]


async def test_who_comes_after_the_end_gets_the_final_event_and_the_end(backend: Backend) -> None:
    async with backend() as broadcaster:
        await publish(broadcaster, 1)
        await publish(broadcaster, 1, Kind.FINAL)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            ended = await rest(deliveries)

    assert [type(delivery) for delivery in ended] == [Snapshot]
    assert offset(ended[0]) == 2


async def test_who_has_seen_the_final_event_gets_only_the_end(backend: Backend) -> None:
    async with backend() as broadcaster:
        (position,) = await publish(broadcaster, 1, Kind.FINAL)
        async with broadcaster.subscribe(CHANNEL, position) as deliveries:
            assert await rest(deliveries) == []


async def test_a_position_older_than_history_gives_a_reset_with_the_newest_event(
    backend: Backend,
) -> None:
    async with backend() as broadcaster:
        (first, *_) = await publish(broadcaster, 40, size=64 * 1024)
        async with broadcaster.subscribe(CHANNEL, first) as deliveries:
            (reset,) = await take(deliveries, 1)
            await publish(broadcaster, 1)
            live = await take(deliveries, 1)

    assert isinstance(reset, Reset)
    assert reset.reason is ResetReason.HISTORY_TRIMMED
    assert [offset(reset), offset(live[0])] == [40, 41]


@pytest.mark.parametrize("ahead", [False, True])
async def test_a_position_of_another_history_gives_a_reset(backend: Backend, ahead: bool) -> None:
    async with backend() as broadcaster:
        (position,) = await publish(broadcaster, 1)
        foreign = Position(position.epoch, 9) if ahead else Position("00000000", 1)
        async with broadcaster.subscribe(CHANNEL, foreign) as deliveries:
            (reset,) = await take(deliveries, 1)

    assert isinstance(reset, Reset)
    assert reset.reason is ResetReason.EPOCH_CHANGED


async def test_an_event_that_was_replaced_by_another_at_its_offset_gives_a_reset(
    backend: Backend,
) -> None:
    async with backend() as broadcaster:
        *_, position = await publish(broadcaster, 2)
        await publish(broadcaster, 1)
        assert position.stamp
        lost = Position(position.epoch, position.offset, "0123456789abc")
        async with broadcaster.subscribe(CHANNEL, lost) as deliveries:
            (reset,) = await take(deliveries, 1)
        async with broadcaster.subscribe(CHANNEL, position) as deliveries:
            (event,) = await take(deliveries, 1)

    assert isinstance(reset, Reset)
    assert reset.reason is ResetReason.EPOCH_CHANGED
    assert offset(event) == 3


async def test_a_position_just_before_what_is_kept_is_not_taken_on_trust(backend: Backend) -> None:
    async with backend() as broadcaster:
        positions = await publish(broadcaster, 1001)
        async with broadcaster.subscribe(CHANNEL, positions[0]) as deliveries:
            (reset,) = await take(deliveries, 1)
        async with broadcaster.subscribe(CHANNEL, positions[1]) as deliveries:
            (event,) = await take(deliveries, 1)

    assert isinstance(reset, Reset)
    assert reset.reason is ResetReason.HISTORY_TRIMMED
    assert offset(event) == 3


async def test_an_unknown_channel_is_refused(backend: Backend) -> None:
    async with backend() as broadcaster:
        with pytest.raises(ChannelNotFound):
            async with broadcaster.subscribe("test:{q}:job:none"):
                pass


async def test_an_event_larger_than_the_history_is_still_kept(backend: Backend) -> None:
    async with backend() as broadcaster:
        await publish(broadcaster, 1)
        await publish(broadcaster, 1, size=2 * 1024 * 1024)
        history = await broadcaster.read(CHANNEL)

    assert history.latest.position.offset == 2


async def test_a_slow_subscriber_gets_everything_but_superseded_mergeable_events(
    backend: Backend,
) -> None:
    async with backend() as broadcaster:
        await publish(broadcaster, 1)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await take(deliveries, 1)
            for _ in range(10):
                await publish(broadcaster, 20, Kind.MERGEABLE)
                await publish(broadcaster, 1)
            await publish(broadcaster, 1, Kind.FINAL)
            given = await rest(deliveries)

    events = [delivery for delivery in given if isinstance(delivery, Event)]
    covered = [
        n
        for event in events
        for n in range(event.position.offset - event.merged, event.position.offset + 1)
    ]
    assert covered == list(range(2, 213))
    assert sum(event.kind is Kind.NORMAL for event in events) == 10


async def test_a_subscriber_slower_than_its_buffer_reads_the_rest_from_history(
    backend: Backend,
) -> None:
    count = BUFFER_EVENTS * 2
    async with backend() as broadcaster:
        await publish(broadcaster, 1)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await take(deliveries, 1)
            await publish(broadcaster, count)
            await publish(broadcaster, 1, Kind.FINAL)
            given = await rest(deliveries)

    assert [offset(delivery) for delivery in given] == list(range(2, count + 3))


async def test_subscribing_in_the_middle_of_a_stream_misses_and_doubles_nothing(
    backend: Backend,
) -> None:
    count = 300
    seen: list[list[int]] = []

    async def follow(broadcaster: Broadcaster, after: Position) -> None:
        async with broadcaster.subscribe(CHANNEL, after) as deliveries:
            seen.append([offset(delivery) async for delivery in deliveries])

    async with backend() as broadcaster:
        (start,) = await publish(broadcaster, 1)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            for n in range(count):
                await publish(broadcaster, 1)
                if n % 10 == 0:
                    tasks.create_task(follow(broadcaster, start))
            await publish(broadcaster, 1, Kind.FINAL)

    assert seen == [list(range(2, count + 3))] * 30


async def test_a_watch_gives_the_newest_event_of_every_channel(backend: Backend) -> None:
    channels = [f"test:{{q}}:job:{n}" for n in range(1500)]  # more than it buffers
    async with backend() as broadcaster:
        await broadcaster.publish("test:{q}:job:before", b"old", feeds=[FEED])
        async with broadcaster.watch([FEED]) as events:
            for text in (b"a", b"b"):
                for channel in channels:
                    await broadcaster.publish(channel, text, feeds=[FEED])
            newest: dict[str, bytes] = {}
            async with asyncio.timeout(10):
                while len(newest) < len(channels) or set(newest.values()) != {b"b"}:
                    event = await anext(events)
                    newest[event.channel] = event.payload

    assert set(newest) == set(channels)


async def test_a_channel_removed_under_a_subscription_ends_it_with_an_error(
    valkey_port: int,
) -> None:
    async with Redis(port=valkey_port) as redis, ValkeyBroadcaster(redis) as broadcaster:
        await publish(broadcaster, 1)
        async with broadcaster.subscribe(CHANNEL) as deliveries:
            await take(deliveries, 1)
            await redis.flushall()
            await redis.client_kill_filter(_type="pubsub")
            with pytest.raises(ChannelGone):
                await rest(deliveries)
