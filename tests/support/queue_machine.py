"""A queue on a real Valkey beside its model, and what clients do with both."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from broadcaster.events import Event
from tasks.client import JobClient
from tasks.errors import EnqueueRefused, IdempotencyConflict, JobNotFound
from tasks.events import decode_job_event
from tasks.options import EnqueueLimits, EnqueueOptions
from tasks.queue.queue import JobQueue
from tests.support.definitions import define
from tests.support.jobs import QUEUE, connection
from tests.support.model_job import ORDERS, SOON, Order, Refusal
from tests.support.queue_view import Comparison, View, read_live, read_view
from tests.support.transition_model import FOLLOWED, QueueModel

T = TypeVar("T")

LEASE = timedelta(minutes=5)  # lapses only when a rule says so

NAMES = ("anna", "ben", "cleo")
WORKERS = st.sampled_from(NAMES)

# A job that runs is the one to cancel, and there are few of them.
JOBS = st.runner().flatmap(
    lambda machine: (
        st.sampled_from(machine.model.running() or [*machine.sent])
        | st.sampled_from([*machine.sent])
    )
)


async def work() -> None:
    """Do nothing."""


TASKS = {attempts: define(work, max_attempts=attempts) for attempts in (1, 2, 3)}


class QueueMachine(RuleBasedStateMachine):
    """After each step, whoever took it, all that Valkey keeps must be what the model says.

    A rule that makes a job's move gives it to the model as well. One that changes something
    else says so with `touched`.
    """

    port: int

    jobs: Bundle[str] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.model = QueueModel()
        self.view: View = {}
        self.moves = 0  # the model's, at that view
        self.touched = False
        self.sent: dict[str, Sequence[Any]] = {}  # to enqueue each job, so that it can be repeated
        self.moments = 0  # at which delayed jobs were due: 1, 2, …
        self.agreed = False
        self.forgotten = False  # Valkey knows no script
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.run(self.open())
        self.keys = self.queue.keys
        self.comparison = Comparison(self.model, self.keys)

    async def open(self) -> None:
        self.redis: Any = await self.stack.enter_async_context(connection(self.port))
        await self.redis.flushall()
        self.live = await self.stack.enter_async_context(self.redis.pubsub())
        await self.live.psubscribe("*")
        self.queue = JobQueue(self.redis, QUEUE)
        for audience in FOLLOWED:
            await self.redis.set(f"{self.queue.keys.feed(audience)}:followed", "an era")
        await self.stack.enter_async_context(self.queue)
        self.client = JobClient({QUEUE: self.queue})
        call = self.queue.call

        async def remembered(name: str, *arguments: Any) -> Any:
            if name == "enqueue":
                self.sent[arguments[0]] = arguments
            return await call(name, *arguments)

        self.queue.call = remembered  # type: ignore[method-assign]

    def run(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        self.agreed = self.forgotten = False
        return self.runner.run(awaited())

    @invariant()
    def agree(self) -> None:
        forgotten = self.forgotten
        view = self.run(read_view(self.redis, self.keys))
        self.comparison.check(view, self.run(read_live(self.live)))
        if self.model.moves == self.moves and not self.touched:
            assert view == self.view, "what was refused left a trace"
        self.view, self.moves, self.touched = view, self.model.moves, False
        self.agreed, self.forgotten = True, forgotten

    def teardown(self) -> None:
        try:
            if self.agreed:  # else the failure is shown that came first
                self.bring_to_an_end()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    @abstractmethod
    def bring_to_an_end(self) -> None:
        """Whatever happened, each accepted job still ends, and ends once."""

    # What clients do.

    @initialize(target=jobs, orders=st.lists(ORDERS, min_size=1, max_size=6))
    def begin(self, orders: list[Order]) -> MultipleResults[str]:
        return multiple(*(job_id for order in orders for job_id in self.accepted(order)))

    @rule(target=jobs, order=ORDERS)
    def enqueue(self, order: Order) -> MultipleResults[str]:
        return multiple(*self.accepted(order))

    def accepted(self, order: Order) -> list[str]:
        """Ask for a job: the one that this made, if it did."""
        refusal, there = self.model.refusal(order)
        call = self.client.enqueue(
            TASKS[order.attempts],
            order.arguments,
            owner=order.owner,
            options=EnqueueOptions(order.key, order.delay, watchers=order.watchers),
            limits=EnqueueLimits(waiting=order.waiting),
        )
        if refusal is Refusal.CONFLICT:
            with pytest.raises(IdempotencyConflict) as conflict:
                self.run(call)
            assert conflict.value.job_id == there
        elif refusal is Refusal.TOO_MANY:
            with pytest.raises(EnqueueRefused):
                self.run(call)
        else:
            enqueued = self.run(call)
            job_id = enqueued.record.id
            assert enqueued.deduplicated == (refusal is Refusal.DEDUPLICATED)
            if not enqueued.deduplicated:
                self.model.accept(job_id, order)
                if order.delay == SOON:
                    self.run(self.woken_for(job_id))
                return [job_id]
            assert job_id == there
        return []

    async def woken_for(self, job_id: str) -> None:
        assert await self.redis.llen(self.keys.wake)
        # Else the real clock would decide when it is due.
        await self.redis.zadd(self.keys.scheduled, {job_id: 2**52}, xx=True)

    @rule(job_id=jobs)
    def repeat_enqueue(self, job_id: str) -> None:
        """The reply was lost, so the same command comes once more."""
        if job_id in self.model.jobs:
            outcome, newest = self.run(self.queue.call("enqueue", *self.sent[job_id]))
            assert outcome == b"accepted"
            assert decode_job_event(Event.decode(newest)).job == self.run(self.client.get(job_id))

    @rule(job_id=JOBS)
    def cancel(self, job_id: str) -> None:
        expected = self.model.cancel(job_id)
        if expected is None:
            with pytest.raises(JobNotFound):
                self.run(self.client.cancel(job_id))
        else:
            record = self.run(self.client.cancel(job_id))
            assert (record.id, record.status) == (job_id, expected.status)

    # What time does.

    @precondition(lambda self: self.model.leases)
    @rule(worker=WORKERS)
    def lapse(self, worker: str) -> None:
        if worker in self.model.leases:
            self.touched = True
            self.model.leases[worker] = False
            self.run(self.redis.zadd(self.keys.leases, {worker: 1}, xx=True))

    @precondition(lambda self: self.model.lapsed() and not self.model.sweep_held)
    @rule(worker=WORKERS)
    def be_away(self, worker: str) -> None:
        """Valkey was, for longer than a lease: takeovers wait for one more."""
        self.touched = True
        self.model.sweep_held = True
        self.model.leases[worker] = True
        self.run(self.redis.set(f"{self.keys.prefix}renewed", 1))
        self.run(self.queue.renew(worker, LEASE))

    @precondition(lambda self: self.model.sweep_held)
    @rule()
    def be_back_for_a_lease(self) -> None:
        self.touched = True
        self.model.sweep_held = False
        self.run(self.redis.delete(f"{self.keys.prefix}sweep_after"))

    @precondition(lambda self: self.model.delayed())
    @rule(job_id=st.runner().flatmap(lambda machine: st.sampled_from(machine.model.delayed())))
    def become_due(self, job_id: str) -> None:
        self.touched = True
        self.moments += 1
        self.model.become_due(job_id)
        self.run(self.redis.zadd(self.keys.scheduled, {job_id: self.moments}, xx=True))

    @precondition(lambda self: self.model.ended())
    @rule(job_id=st.runner().flatmap(lambda machine: st.sampled_from(machine.model.ended())))
    def be_kept_long_enough(self, job_id: str) -> None:
        self.touched = True
        self.model.kept_long_enough.add(job_id)
        self.run(self.redis.zadd(f"{self.keys.prefix}expiry", {job_id: 1}, xx=True))

    @precondition(lambda self: not self.forgotten)
    @rule()
    def forget_scripts(self) -> None:
        self.run(self.redis.script_flush())
        self.forgotten = True
