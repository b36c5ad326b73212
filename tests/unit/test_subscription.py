"""A subscription against a model: whatever the channel, the network and the consumer do."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.events import Delivery, Event, Kind, Position
from broadcaster.pulled import PulledDeliveries
from broadcaster.subscription import BUFFER_BYTES, BUFFER_EVENTS
from tests.support.model_channel import ModelChannel, covered

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from([Kind.NORMAL, Kind.MERGEABLE])),
        st.tuples(st.just("lose"), st.sampled_from([Kind.NORMAL, Kind.MERGEABLE])),
        st.tuples(st.just("race"), st.sampled_from([Kind.NORMAL, Kind.MERGEABLE])),
        st.tuples(st.just("take"), st.integers(1, 4)),
        st.tuples(st.just("disturb"), st.none()),
    ),
    max_size=60,
)


async def run(steps: list[tuple[str, object]]) -> tuple[ModelChannel, list[Delivery]]:
    events = PulledDeliveries()
    channel = ModelChannel(events)
    channel.publish(Kind.NORMAL, lost=True)
    given: list[Delivery] = []
    async with asyncio.timeout(10):
        channel.subscription.begin(await channel.read("c", Position("e", 0)))
        for step, argument in steps:
            if step == "take":
                assert isinstance(argument, int)
                for _ in range(argument):
                    if channel.subscription._last == channel.history[-1].position:
                        break
                    if not channel.subscription._buffer:
                        channel.subscription.disturb()  # a lost message is the hub's to notice
                    given.append(await anext(events))
            elif step == "race":
                assert isinstance(argument, Kind)
                channel.racing.append(argument)
            elif step == "disturb":
                channel.subscription.disturb()
            else:
                assert isinstance(argument, Kind)
                channel.publish(argument, lost=step == "lose")
        channel.racing.clear()
        channel.publish(Kind.FINAL)
        given += [delivery async for delivery in events]
    return channel, given


@settings(deadline=None, max_examples=150)
@given(STEPS)
def test_every_event_is_given_once_in_order_or_merged_into_a_newer_one(
    steps: list[tuple[str, object]],
) -> None:
    channel, given = asyncio.run(run(steps))

    assert covered(given) == list(range(1, len(channel.history) + 1))
    assert all(event.merged >= 0 for event in given if isinstance(event, Event))


@settings(deadline=None, max_examples=150)
@given(STEPS)
def test_only_mergeable_events_are_ever_skipped(steps: list[tuple[str, object]]) -> None:
    channel, given = asyncio.run(run(steps))

    whole = {event.position.offset for event in given if isinstance(event, Event)}
    skipped = [event for event in channel.history if event.position.offset not in whole]
    assert {event.kind for event in skipped} <= {Kind.MERGEABLE}


@pytest.mark.parametrize("size", [1, 1000, BUFFER_BYTES // 2, BUFFER_BYTES + 1])
def test_a_consumer_that_reads_nothing_holds_no_more_than_the_bounds(size: int) -> None:
    channel = ModelChannel(PulledDeliveries())

    for _ in range(BUFFER_EVENTS * 3):
        channel.publish(Kind.NORMAL, size=size)

        buffered = channel.subscription._buffer or ()
        assert len(buffered) <= BUFFER_EVENTS
        assert sum(len(event.payload) for event in buffered) <= BUFFER_BYTES


def test_a_run_of_mergeable_events_is_given_as_its_newest_which_counts_the_others() -> None:
    kinds = [Kind.NORMAL, Kind.MERGEABLE, Kind.MERGEABLE, Kind.MERGEABLE, Kind.NORMAL]

    _, given = asyncio.run(run([("publish", kind) for kind in kinds]))

    assert [
        (event.position.offset, event.merged) for event in given if isinstance(event, Event)
    ] == [(1, 0), (2, 0), (5, 2), (6, 0), (7, 0)]


def test_an_event_read_from_history_is_not_counted_again_in_a_merged_one() -> None:
    steps = [("lose", Kind.NORMAL), ("race", Kind.MERGEABLE), ("take", 4)]

    _, given = asyncio.run(run(steps))

    assert covered(given) == [1, 2, 3, 4, 5]
