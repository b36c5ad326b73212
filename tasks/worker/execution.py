"""Runs a task for one attempt, within its timeout, and tells how that ended."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import assert_never, cast

from anyio import CapacityLimiter

from tasks.definition import Execution, TaskDefinition
from tasks.errors import JobCancelled
from tasks.files.storage import FileStorage
from tasks.queue.queue import JobQueue
from tasks.worker import bodies
from tasks.worker.attempt import Attempt, Stop
from tasks.worker.emitter import Emitter
from tasks.worker.failures import failed_by, log_fault, timed_out
from tasks.worker.job_context import RunningJob
from tasks.worker.outcome import Failed, Interrupted, Outcome, Succeeded
from tasks.worker.processes import run_in_process
from tasks.worker.thread_context import ThreadJob

logger = logging.getLogger("jobcast.worker")


class Executor:
    """Runs the tasks of one queue, up to `concurrency` at once in threads and processes."""

    def __init__(self, queue: JobQueue, files: FileStorage, concurrency: int) -> None:
        self._queue = queue
        self._files = files
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix=f"job-{queue.name}")
        self._processes = CapacityLimiter(concurrency)

    async def run(self, definition: TaskDefinition, attempt: Attempt, emitter: Emitter) -> Outcome:
        """Run the task's function to its end, whichever that is.

        A function that returns has succeeded, even after it was told to stop: it finished
        first, or refused. A thread has to notice the request (`SyncJobContext.cancelled`) in
        order to end for it.

        Raises:
            CancelledError: The worker itself is torn down; there is no outcome.
        """
        timer = asyncio.get_running_loop().call_later(
            attempt.claim.timeout_ms / 1000, attempt.stop, Stop.TIMED_OUT
        )
        try:
            return await self._outcome(definition, attempt, emitter)
        finally:
            timer.cancel()

    def close(self) -> None:
        """Start no more threads; does not wait for those that run."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _outcome(
        self, definition: TaskDefinition, attempt: Attempt, emitter: Emitter
    ) -> Outcome:
        this = cast("asyncio.Task[object]", asyncio.current_task())
        attempt.begin(lambda _: this.cancel())
        try:
            if attempt.predecessor is not None:
                await attempt.predecessor.ended.wait()
            if attempt.reason is not None:
                return _interrupted(attempt, attempt.reason)
            return await self._body(definition, attempt, emitter, this)
        except asyncio.CancelledError as exc:
            if this.cancelling() and (attempt.reason is None or attempt.detached):
                raise  # nobody stopped the attempt: the worker is torn down
            if attempt.reason is not None:
                return _interrupted(attempt, attempt.reason)
            return _failed(exc, definition, attempt)  # the function's own doing
        except (Exception, SystemExit) as exc:
            if attempt.reason is None:
                return _failed(exc, definition, attempt)
            if not isinstance(exc, JobCancelled):
                logger.warning(
                    "Job %s raised when told to stop (%s)",
                    attempt.claim.job_id,
                    attempt.reason,
                    exc_info=exc,
                )
            return _interrupted(attempt, attempt.reason)
        finally:
            attempt.end()
            await _forget_cancellations(this)

    async def _body(
        self,
        definition: TaskDefinition,
        attempt: Attempt,
        emitter: Emitter,
        this: asyncio.Task[object],
    ) -> Outcome:
        claim = attempt.claim
        match definition.execution:
            case Execution.ASYNC | Execution.GENERATOR:
                job = RunningJob(claim, emitter, self._files)

                def interrupt(reason: Stop) -> None:
                    if reason is Stop.CANCELLED:
                        job.cancelled.set()
                    this.cancel()

                attempt.begin(interrupt)
                if definition.execution is Execution.ASYNC:
                    return Succeeded(await bodies.run_coroutine(definition, claim, job))
                return Succeeded(await bodies.run_generator(definition, claim, job, emitter))
            case Execution.THREAD:
                thread = ThreadJob(claim, emitter)
                attempt.begin(lambda _: thread.stop(), detached=True)
                return Succeeded(await bodies.run_thread(definition, claim, thread, self._threads))
            case Execution.PROCESS:
                return await run_in_process(definition, claim, self._processes)
            case unknown:
                assert_never(unknown)


async def _forget_cancellations(this: asyncio.Task[object]) -> None:
    """Let the task that ran the body go on as if it had never been cancelled."""
    if not this.cancelling():
        return
    while this.uncancel():
        pass
    # One may still be due, when the body returned without another await.
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(0)


def _failed(exc: BaseException, definition: TaskDefinition, attempt: Attempt) -> Failed:
    failed = failed_by(exc, definition)
    log_fault(failed, attempt.claim, exc)
    return failed


def _interrupted(attempt: Attempt, reason: Stop) -> Outcome:
    if reason is Stop.TIMED_OUT:
        return timed_out(timedelta(milliseconds=attempt.claim.timeout_ms))
    return Interrupted(reason)
