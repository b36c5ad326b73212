"""How a process's calls travel to Valkey and back, and what becomes of them when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from broadcaster.errors import BackendUnavailable
from broadcaster.pipeline import ValkeyPipeline
from broadcaster.scripts import Script, compose
from tests.support.fault_proxy import FaultProxy, fault_proxy

pytestmark = pytest.mark.anyio

COUNT = compose("count", "#!lua\nreturn redis.call('INCR', KEYS[1])")
BROKEN = compose("broken", "#!lua\nreturn redis.call('INCR', KEYS[1], 'too many')")
SECONDS = 20.0  # for what should take milliseconds, on a busy machine


@asynccontextmanager
async def pipeline_through_a_proxy(
    port: int, *, eager: bool = False
) -> AsyncIterator[tuple[ValkeyPipeline, FaultProxy]]:
    """It is connected, and the server knows `COUNT`."""
    async with (
        fault_proxy(port) as proxy,
        Redis(port=proxy.port) as redis,
        ValkeyPipeline(redis, eager=eager) as pipeline,
        asyncio.timeout(SECONDS),
    ):
        await pipeline.call(COUNT, ["warm"])
        yield pipeline, proxy


async def becomes(redis: Redis, key: str, value: bytes) -> None:
    """Return once the key has the value."""
    async with asyncio.timeout(SECONDS):
        while await redis.get(key) != value:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("eager", "calls"), [(True, 1), (False, 8)])
async def test_calls_go_out_although_an_earlier_reply_is_not_there(
    valkey_port: int, eager: bool, calls: int
) -> None:
    async with (
        Redis(port=valkey_port) as direct,
        pipeline_through_a_proxy(valkey_port, eager=eager) as (pipeline, proxy),
        asyncio.TaskGroup() as tasks,
    ):
        held = proxy.hold_reply_to(b"first")
        first = tasks.create_task(pipeline.call(COUNT, ["first"]))
        await held.wait()
        later = [tasks.create_task(pipeline.call(COUNT, ["later"])) for _ in range(calls)]
        await becomes(direct, "later", b"%d" % calls)
        assert not first.done()

        proxy.flow()
        assert await first == 1
        assert await asyncio.gather(*later) == list(range(1, calls + 1))


async def test_few_calls_wait_for_those_under_way_to_share_a_write(valkey_port: int) -> None:
    async with (
        Redis(port=valkey_port) as direct,
        pipeline_through_a_proxy(valkey_port) as (pipeline, proxy),
        asyncio.TaskGroup() as tasks,
    ):
        held = proxy.hold_reply_to(b"first")
        tasks.create_task(pipeline.call(COUNT, ["first"]))
        await held.wait()
        later = tasks.create_task(pipeline.call(COUNT, ["later"]))
        for _ in range(20):
            await direct.ping()  # as many turns of the loop, and round trips
        assert await direct.get("later") is None

        proxy.flow()
        assert await later == 1


@pytest.mark.parametrize("eager", [True, False])
async def test_calls_whose_connection_is_lost_are_sent_once_more(
    valkey_port: int, eager: bool
) -> None:
    async with (
        pipeline_through_a_proxy(valkey_port, eager=eager) as (pipeline, proxy),
        asyncio.TaskGroup() as tasks,
    ):
        lost = proxy.lose_reply_to(b"first")
        first = tasks.create_task(pipeline.call(COUNT, ["first"]))
        second = tasks.create_task(pipeline.command("GET", "warm"))
        await lost.wait()

        assert await first == 2  # it ran each time: that is why scripts can be repeated
        assert await second == b"1"


async def test_a_call_whose_second_connection_is_lost_too_is_told_so(valkey_port: int) -> None:
    async with (
        pipeline_through_a_proxy(valkey_port) as (pipeline, proxy),
        asyncio.TaskGroup() as tasks,
    ):
        lost = proxy.lose_reply_to(b"first")
        first = tasks.create_task(_fails(pipeline, "first"))
        await lost.wait()
        await proxy.lose_reply_to(b"first").wait()
        assert "did not answer" in str(await first)

        assert await pipeline.call(COUNT, ["warm"]) == 2


async def test_calls_while_valkey_refuses_are_told_and_later_ones_served(valkey_port: int) -> None:
    async with pipeline_through_a_proxy(valkey_port) as (pipeline, proxy):
        proxy.refuse()
        await _fails(pipeline, "while refused")
        proxy.flow()
        assert await pipeline.call(COUNT, ["warm"]) == 2


@pytest.mark.parametrize("eager", [True, False])
async def test_a_server_that_says_nothing_is_given_up_and_asked_anew(
    valkey_port: int, eager: bool
) -> None:
    async with pipeline_through_a_proxy(valkey_port, eager=eager) as (pipeline, proxy):
        assert proxy.strand() == 1
        await _fails(pipeline, "lost")
        assert await pipeline.call(COUNT, ["warm"]) == 2


async def test_a_server_that_lost_its_scripts_gets_them_again(valkey_port: int) -> None:
    async with pipeline_through_a_proxy(valkey_port) as (pipeline, _):
        await pipeline.command("SCRIPT", "FLUSH")
        counts = await asyncio.gather(*(pipeline.call(COUNT, ["n"]) for _ in range(3)))

    assert sorted(counts) == [1, 2, 3]


async def test_a_call_that_fails_fails_alone(valkey_port: int) -> None:
    async with pipeline_through_a_proxy(valkey_port) as (pipeline, _):
        calls: list[tuple[Script, object]] = [
            (COUNT, 1),
            (BROKEN, 2),
            (COUNT, object()),
            (COUNT, 3),
        ]
        replies = await asyncio.gather(
            *(pipeline.call(script, ["n"], argument) for script, argument in calls),
            return_exceptions=True,
        )

    assert [reply for reply in replies if isinstance(reply, int)] == [1, 2]
    assert [isinstance(reply, Exception) for reply in replies] == [False, True, True, False]


async def test_who_is_cancelled_leaves_the_replies_to_others(valkey_port: int) -> None:
    async with pipeline_through_a_proxy(valkey_port) as (pipeline, proxy):
        held = proxy.hold_reply_to(b"first")
        first = asyncio.create_task(pipeline.call(COUNT, ["first"]))
        await held.wait()
        second = asyncio.create_task(pipeline.command("GET", "warm"))
        await asyncio.sleep(0)
        first.cancel()
        proxy.flow()

        assert await second == b"1"
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_a_pipeline_that_is_closed_answers_whoever_waits(valkey_port: int) -> None:
    async with pipeline_through_a_proxy(valkey_port) as (_, proxy):
        async with Redis(port=proxy.port) as redis, ValkeyPipeline(redis) as pipeline:
            await pipeline.command("GET", "warm")
            proxy.stall()
            waiting = asyncio.create_task(_fails(pipeline, "never"))
            await asyncio.sleep(0)
        assert "closed" in str(await waiting)
        assert "closed" in str(await _fails(pipeline, "afterwards"))


async def _fails(pipeline: ValkeyPipeline, key: str) -> BackendUnavailable:
    with pytest.raises(BackendUnavailable) as failure:
        await pipeline.call(COUNT, [key])
    return failure.value
