"""A subscription whose consumer takes events as they come, or does not: always the same order."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.errors import ChannelGone, ChannelNotFound
from broadcaster.events import Delivery, Event, History, Kind, Position
from tests.support.model_channel import ModelChannel, covered

KINDS = st.sampled_from([Kind.NORMAL, Kind.MERGEABLE])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "publish", "lose", "race"]), KINDS),
        st.tuples(
            st.sampled_from(["open", "shut", "disturb", "turn", "turn", "verify"]), st.none()
        ),
    ),
    max_size=60,
)


class Gate:
    """Takes what comes while it is open."""

    def __init__(self) -> None:
        self.given: list[Delivery] = []
        self.at_once = 0
        self.ends: list[Exception | None] = []
        self._open = asyncio.Event()
        self._open.set()

    def set(self, *, open: bool) -> None:
        if open:
            self._open.set()
        else:
            self._open.clear()

    def accept(self, delivery: Delivery) -> bool:
        if not self._open.is_set():
            return False
        self.at_once += 1
        self.given.append(delivery)
        return True

    async def take(self, delivery: Delivery) -> None:
        await self._open.wait()
        self.given.append(delivery)

    def ended(self, error: Exception | None) -> None:
        self.ends.append(error)


async def until_end(gate: Gate) -> None:
    async with asyncio.timeout(10):
        while not gate.ends:
            await asyncio.sleep(0)


async def run(steps: list[tuple[str, Kind | None]]) -> tuple[ModelChannel, Gate]:
    gate = Gate()
    channel = ModelChannel(gate)
    channel.publish(Kind.NORMAL, lost=True)
    channel.subscription.begin(await channel.read("c", Position("e", 0)))
    for step, kind in steps:
        match step:
            case "open" | "shut":
                gate.set(open=step == "open")
            case "disturb":
                channel.subscription.disturb()
            case "verify":
                channel.subscription.verify(channel.history[-1].position)
            case "turn":
                await asyncio.sleep(0)
            case "race" if kind is not None:
                channel.racing.append(kind)
            case _ if kind is not None:
                channel.publish(kind, lost=step == "lose")
    channel.racing.clear()
    gate.set(open=True)
    channel.publish(Kind.FINAL)
    await until_end(gate)
    return channel, gate


@settings(deadline=None, max_examples=200)
@given(STEPS)
def test_every_event_is_given_once_in_order_however_the_consumer_takes_them(
    steps: list[tuple[str, Kind | None]],
) -> None:
    channel, gate = asyncio.run(run(steps))

    assert covered(gate.given) == list(range(1, len(channel.history) + 1))
    assert gate.ends == [None]
    assert channel.left


def test_a_consumer_that_takes_everything_is_given_it_without_a_task_or_a_read() -> None:
    async def scenario() -> None:
        gate = Gate()
        channel = ModelChannel(gate)
        channel.publish(Kind.NORMAL, lost=True)
        channel.subscription.begin(await channel.read("c", Position("e", 0)))
        tasks = asyncio.all_tasks()

        for _ in range(100):
            channel.publish(Kind.MERGEABLE)

        assert gate.at_once == 101
        assert asyncio.all_tasks() == tasks
        assert channel.reads == 1

    asyncio.run(scenario())


def test_silence_is_no_reason_to_read_unless_something_was_missed() -> None:
    async def scenario() -> None:
        gate = Gate()
        channel = ModelChannel(gate)
        channel.publish(Kind.NORMAL, lost=True)
        channel.subscription.begin(await channel.read("c", Position("e", 0)))

        channel.subscription.verify(channel.history[-1].position)
        await asyncio.sleep(0)
        assert channel.reads == 1

        channel.publish(Kind.FINAL, lost=True)
        channel.subscription.verify(channel.history[-1].position)
        await until_end(gate)
        assert covered(gate.given) == [1, 2]

    asyncio.run(scenario())


def test_a_channel_that_vanished_ends_the_subscription_with_an_error() -> None:
    class Vanishing(ModelChannel):
        async def read(self, channel: str, after: Position | None = None) -> History:
            if self.reads:
                raise ChannelNotFound(channel)
            return await super().read(channel, after)

    async def scenario() -> None:
        gate = Gate()
        channel = Vanishing(gate)
        channel.publish(Kind.NORMAL, lost=True)
        channel.subscription.begin(await channel.read("c", Position("e", 0)))

        channel.subscription.verify(None)
        await until_end(gate)

        assert isinstance(gate.ends[0], ChannelGone)
        assert channel.left

    asyncio.run(scenario())


@pytest.mark.parametrize("open", [True, False])
def test_a_closed_subscription_gives_nothing_more(open: bool) -> None:
    async def scenario() -> None:
        gate = Gate()
        channel = ModelChannel(gate)
        channel.publish(Kind.NORMAL, lost=True)
        channel.subscription.begin(await channel.read("c", Position("e", 0)))
        gate.set(open=open)
        channel.publish(Kind.NORMAL)

        channel.subscription.close()
        gate.set(open=True)
        channel.publish(Kind.NORMAL)
        await asyncio.sleep(0)

        offsets = [event.position.offset for event in gate.given if isinstance(event, Event)]
        assert offsets == ([1, 2] if open else [1])
        assert gate.ends == []

    asyncio.run(scenario())
