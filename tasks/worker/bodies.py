"""Calls a task's function: as a coroutine, as an async generator, or in a thread."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

from tasks.definition import TaskDefinition
from tasks.errors import JobCancelled
from tasks.events import EventType
from tasks.queue.claim import Claimed
from tasks.worker.calling import bind
from tasks.worker.emitter import Emitter
from tasks.worker.job_context import RunningJob
from tasks.worker.thread_context import ThreadJob
from tasks.worker.values import dump


async def run_coroutine(definition: TaskDefinition, claim: Claimed, job: RunningJob) -> bytes:
    """Await the function; its result as JSON."""
    value = await bind(definition, claim.arguments, job)()
    return dump(value, definition.result, "result")


async def run_generator(
    definition: TaskDefinition, claim: Claimed, job: RunningJob, emitter: Emitter
) -> bytes:
    """Iterate over the function, and store each value; it may be a few of them ahead."""
    async with aclosing(bind(definition, claim.arguments, job)()) as values:
        async for value in values:
            data = dump(value, definition.output, "output")
            await emitter.emit(EventType.OUTPUT, data, ahead=True)
    return b"null"


async def run_thread(
    definition: TaskDefinition, claim: Claimed, job: ThreadJob, threads: ThreadPoolExecutor
) -> bytes:
    """Call the function in a thread, and wait for its end, however long it takes.

    Raises:
        JobCancelled: It returned after it had noticed that it should end.
    """
    call = bind(definition, claim.arguments, job)

    def run() -> Any:
        try:
            return call()
        except StopIteration as exc:  # no future can carry it
            raise RuntimeError("The task raised StopIteration.") from exc

    value = await asyncio.wrap_future(threads.submit(contextvars.copy_context().run, run))
    if job.noticed:
        raise JobCancelled(f"Job {job.id} returned early.")
    return dump(value, definition.result, "result")
