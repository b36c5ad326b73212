"""`JobWorker`: SAQ's worker on a `JobQueue`, with upkeep of our own."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

import anyio
from saq.types import Context
from saq.worker import Worker

from tasks.definition import RetryPolicy, TaskDefinition
from tasks.files.storage import FileStorage
from tasks.queue.claim import Claimed
from tasks.queue.queue import JobQueue
from tasks.worker.attempt import Attempt, Stop
from tasks.worker.control import listen_for_cancels, poll_for_cancels
from tasks.worker.dispatcher import Dispatcher
from tasks.worker.emitter import Emitter
from tasks.worker.execution import Executor
from tasks.worker.failures import log_fault, unknown_task
from tasks.worker.introduction import introduce_regularly
from tasks.worker.metrics import Metrics
from tasks.worker.outcome import Interrupted, Outcome
from tasks.worker.settlement import settle
from tasks.worker.sweeper import sweep_regularly
from tasks.worker_card import WorkerCard

logger = logging.getLogger("jobcast.worker")

# SAQ logs each job several times over; a job's history tells the same and more.
logging.getLogger("saq").setLevel(logging.WARNING)

# What a task gets after a drain's time is up, to clean up in.
LAST_WORDS = timedelta(seconds=3)

# Valkey may be the reason why the worker ends, and the numbers are no reason to wait for it.
_LAST_METRICS = 0.5  # seconds

# A worker that knows the task may be started only after this one: give it a minute or so.
_UNKNOWN_TASK = RetryPolicy(1, base=timedelta(seconds=5), cap=timedelta(minutes=1))

# Valkey has these reasons already, or may hear of them only later.
_SILENT = frozenset({Stop.DRAINED, Stop.SUPERSEDED})


class JobWorker(Worker[Context]):
    """Runs the jobs of one queue, up to `concurrency` at once.

    Of SAQ's worker this keeps the places: one task a job, each followed by the next. Claiming,
    cancelling and taking over are done by the queue's scripts instead of SAQ's polls, so that
    `upkeep`, `schedule` and `abort` have nothing left to do.
    """

    SIGNALS: list[signal.Signals] = []  # the process's owner handles them

    queue: JobQueue

    def __init__(
        self,
        queue: JobQueue,
        definitions: Iterable[TaskDefinition],
        *,
        concurrency: int,
        lease: timedelta,
        drain_timeout: timedelta,
        files: FileStorage,
        version: str | None = None,
    ) -> None:
        self._tasks = {task.name: task for task in definitions if task.queue == queue.name}
        super().__init__(
            queue,
            [(task.name, task.function) for task in self._tasks.values()],
            id=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            concurrency=concurrency,
        )
        self._lease = lease
        self._drain_timeout = drain_timeout
        self._attempts: dict[str, Attempt] = {}  # by job: the newest
        self._context = contextvars.copy_context()  # of no job
        self._given_on: set[asyncio.Task[object]] = set()  # places that have a successor already
        self._executor = Executor(queue, files, concurrency)
        self._metrics = Metrics(queue)
        self._card = WorkerCard(
            socket.gethostname(), os.getpid(), version, concurrency, round(time.time() * 1000)
        )
        self._fault: Exception | None = None
        self._ended = asyncio.Event()
        self.abandoned: list[str] = []  # jobs whose task still runs after the worker's end
        self.dispatcher = Dispatcher(queue, self.id, lease, self._lose, places=concurrency)
        queue.dispatcher = self.dispatcher

    async def start(self) -> None:
        """Run jobs until `event` is set; then drain.

        Draining takes no more jobs, waits `drain_timeout` for those that run, gives back the
        rest without counting their attempt, and leaves `abandoned` what would not end.

        Raises:
            ExceptionGroup: A background loop died. The worker is down, its jobs go elsewhere.
        """
        try:
            async with asyncio.TaskGroup() as self._background:
                dispatching = self._background.create_task(self.dispatcher.run())
                upkeep = await self.upkeep()
                for _ in range(self.concurrency):
                    self._process()
                await self.event.wait()
                await self._drain(dispatching)
                for loop in upkeep:
                    loop.cancel()
                with anyio.move_on_after(_LAST_METRICS):
                    await self._metrics.tell()
        finally:
            await self._tear_down()
        if self._fault is not None:
            raise self._fault

    async def stop(self) -> None:
        """Begin to drain, and wait for the end of `start`."""
        self.event.set()
        await self._ended.wait()

    async def upkeep(self) -> list[asyncio.Task[None]]:
        """Start the background loops, which run for ever."""
        return [
            self._background.create_task(loop)
            for loop in (
                listen_for_cancels(self.queue, self.cancel),
                poll_for_cancels(self.queue, self.id, self.cancel, lambda: bool(self._attempts)),
                sweep_regularly(self.queue, self.id, self._lease, self._metrics.lost),
                introduce_regularly(self.queue, self.id, self._card),
                self._metrics.run(),
            )
        ]

    async def process(self) -> bool:
        """Wait for one job and run it; False when there will be no more."""
        try:
            job = await self.queue.dequeue()
            claim = self.dispatcher.claim_of(job.key) if job is not None else None
            if claim is None:
                return False
            await self._run(claim)
        except Exception as exc:
            # Whatever a task does is an outcome: this is a fault of the worker.
            logger.critical("Worker %s failed and stops", self.id, exc_info=exc)
            self._fault = exc
            self.event.set()
            return False
        return True

    def cancel(self, job_id: str) -> None:
        """Cancel the job if it runs here; it ends when its task does."""
        if attempt := self._attempts.get(job_id):
            attempt.stop(Stop.CANCELLED)

    def overdue(self, now: float) -> bool:
        """Whether all that runs here should have ended by now (monotonic time, seconds).

        Safe to call from another thread while the event loop is blocked, and only then.
        """
        attempts = self._attempts.values()
        return bool(attempts) and all(now > attempt.deadline for attempt in attempts)

    async def _run(self, claim: Claimed) -> None:
        attempt = Attempt(claim, predecessor=self._attempts.get(claim.job_id))
        if attempt.predecessor is not None:
            attempt.predecessor.stop(Stop.SUPERSEDED)
        self._attempts[claim.job_id] = attempt
        emitter = Emitter(self.queue, attempt, self._background)
        self._metrics.started(claim)
        began = time.monotonic()
        policy = _UNKNOWN_TASK
        try:
            outcome: Outcome
            if (definition := self._tasks.get(claim.task)) is None:
                outcome = unknown_task(claim.task)
                log_fault(outcome, claim, "No module that was loaded has this task.")
            else:
                policy = definition.retry
                outcome = await self._executor.run(definition, attempt, emitter)
            if not (isinstance(outcome, Interrupted) and outcome.reason in _SILENT):
                await emitter.flush()
            ran = time.monotonic() - began
            self._give_place_on()
            self._metrics.ended(await settle(self.queue, claim, outcome, policy), ran)
        finally:
            emitter.close()
            attempt.ended.set()
            if self._attempts.get(claim.job_id) is attempt:
                del self._attempts[claim.job_id]
            self.dispatcher.forget(claim)

    def _give_place_on(self) -> None:
        """Let the next job be claimed in the round trip that stores how this one ended.

        Only as long as no more outcomes wait to be stored than jobs may run.
        """
        if len(self._given_on) < self.concurrency and not self.event.is_set():
            self._given_on.add(cast("asyncio.Task[object]", asyncio.current_task()))
            self._context.run(super()._process)
            self.dispatcher.expect()

    def _process(self, previous_task: asyncio.Task[object] | None = None) -> None:
        """SAQ's: a place follows one that has ended; unless one did already."""
        if previous_task in self._given_on:
            self._given_on.discard(previous_task)
            self.tasks.discard(previous_task)
        else:
            super()._process(previous_task)

    def _lose(self, claim: Claimed) -> None:
        attempt = self._attempts.get(claim.job_id)
        if attempt is not None and attempt.claim is claim:
            attempt.stop(Stop.SUPERSEDED)

    async def _drain(self, dispatching: asyncio.Task[None]) -> None:
        self.dispatcher.stop()
        await asyncio.wait({dispatching, *self.tasks}, timeout=self._drain_timeout.total_seconds())
        for attempt in list(self._attempts.values()):
            attempt.stop(Stop.DRAINED)
        await asyncio.wait({dispatching, *self.tasks}, timeout=LAST_WORDS.total_seconds())
        dispatching.cancel()

    async def _tear_down(self) -> None:
        self.event.set()  # keeps SAQ from filling the places again
        self.dispatcher.stop()
        left = list(self._attempts.values())
        if places := set(self.tasks):
            for place in places:
                place.cancel()
            await asyncio.wait(places, timeout=1)  # for those that end, and have to say so
        self.abandoned = [
            attempt.claim.job_id
            for attempt in left
            if attempt.detached or not attempt.ended.is_set()
        ]
        self._executor.close()
        self.pool.shutdown(wait=False)
        self._ended.set()
