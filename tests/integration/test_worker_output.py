"""Partial output: in order, each once, and only so far ahead of what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from broadcaster.events import Kind
from tasks.errors import QueueUnavailable
from tasks.events import EventType
from tasks.queue.emission import Emission
from tasks.status import JobStatus
from tasks.worker.emitter import MOST_AHEAD, QUICK_SECONDS
from tests.support.definitions import define
from tests.support.jobs import LEASE, Jobs, jobs_on, running_worker, started
from tests.support.wire import counted_scripts

pytestmark = pytest.mark.anyio

MANY = 200


async def count() -> AsyncIterator[int]:
    """Yield so many numbers, as quickly as it may."""
    for number in range(MANY):
        yield number


async def outputs(jobs: Jobs, job_id: str) -> list[Any]:
    return [event.data for event in await jobs.events(job_id) if event.type is EventType.OUTPUT]


async def test_a_generator_that_takes_its_time_goes_on_when_each_value_is_stored(
    valkey_port: int,
) -> None:
    stored: list[list[int]] = []

    async def step() -> AsyncIterator[int]:
        for number in range(3):
            yield number
            stored.append(await outputs(jobs, job_id))
            await asyncio.sleep(2 * QUICK_SECONDS)

    task = define(step)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        job_id = await jobs.enqueue(task)
        await jobs.ends(job_id)

    assert stored == [[0], [0, 1], [0, 1, 2]]


async def test_quick_values_are_stored_in_order_and_some_at_a_time(valkey_port: int) -> None:
    task = define(count)
    async with jobs_on(valkey_port) as jobs, running_worker(valkey_port, task):
        async with counted_scripts(valkey_port) as scripts:
            job_id = await jobs.enqueue(task)
            await jobs.ends(job_id)

        assert await outputs(jobs, job_id) == list(range(MANY))
        assert (await jobs.types(job_id))[-1] is EventType.SUCCEEDED
    assert MANY / MOST_AHEAD <= scripts["emit"] <= MANY / 2


async def test_a_quick_generator_is_held_up_while_nothing_is_stored(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    yielded = 0
    answers = asyncio.Event()

    async def counting() -> AsyncIterator[int]:
        nonlocal yielded
        for number in range(MANY):
            yielded += 1
            yield number

    task = define(counting)
    async with jobs_on(valkey_port) as jobs:
        emit_all = jobs.queue.emit_all

        async def emit_when_it_answers(claim: Any, emissions: Any, sequence: int) -> JobStatus:
            if sequence > 1 and not answers.is_set():
                raise QueueUnavailable("Valkey is away.")
            return await emit_all(claim, emissions, sequence)

        monkeypatch.setattr(jobs.queue, "emit_all", emit_when_it_answers)
        async with started(jobs.worker(task)):
            job_id = await jobs.enqueue(task)
            async with asyncio.timeout(10):
                while yielded < 1 + MOST_AHEAD:
                    await asyncio.sleep(0.005)
            for _ in range(20):  # round trips: the task had its chance
                await jobs.queue.renew("another worker", LEASE)
            at_most = yielded
            answers.set()
            await jobs.ends(job_id)

        assert await outputs(jobs, job_id) == list(range(MANY))
    assert at_most == 1 + MOST_AHEAD  # the first one was stored


async def test_values_whose_replies_were_lost_are_stored_once(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = define(count)
    calls = 0
    async with jobs_on(valkey_port) as jobs:
        emit_all = jobs.queue.emit_all

        async def emit_with_replies_lost(*args: Any) -> JobStatus:
            nonlocal calls
            calls += 1
            status = await emit_all(*args)
            if calls % 2:
                raise QueueUnavailable("The reply was lost.")
            return status

        monkeypatch.setattr(jobs.queue, "emit_all", emit_with_replies_lost)
        async with started(jobs.worker(task)):
            job_id = await jobs.enqueue(task)
            await jobs.ends(job_id)

        assert await outputs(jobs, job_id) == list(range(MANY))


async def test_values_that_a_cancelled_task_gave_are_all_stored(
    valkey_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    waits = asyncio.Event()

    async def give_some_and_wait() -> AsyncIterator[int]:
        for number in range(10):
            given.append(number)
            yield number
        waits.set()
        await asyncio.Event().wait()

    task = define(give_some_and_wait)
    async with jobs_on(valkey_port) as jobs:
        async with started(jobs.worker(task)):
            job_id = await jobs.enqueue(task)
            async with asyncio.timeout(10):
                await waits.wait()
            await jobs.queue.cancel(job_id)
            record = await jobs.ends(job_id)

        assert record.status is JobStatus.CANCELLED
        assert await outputs(jobs, job_id) == given == list(range(10))


async def test_a_call_repeated_with_more_events_adds_only_those(valkey_port: int) -> None:
    task = define(count)
    say = [Emission(Kind.NORMAL, EventType.OUTPUT, b"%d" % number) for number in range(5)]
    async with jobs_on(valkey_port) as jobs:
        job_id = await jobs.enqueue(task)
        ((claim,), _) = await jobs.queue.pop("w", 1, LEASE)
        for sequence, emissions in ((1, say[:2]), (1, say[:4]), (3, say[2:4]), (5, say[4:])):
            await jobs.queue.emit_all(claim, emissions, sequence)

        assert await outputs(jobs, job_id) == list(range(5))
