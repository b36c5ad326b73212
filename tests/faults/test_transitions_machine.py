"""Moves of a queue's jobs in any order, legal or not, against a model of what each may do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from broadcaster.events import Event, Kind
from tasks.client import JobClient
from tasks.errors import AttemptSuperseded, EnqueueRefused, IdempotencyConflict, JobNotFound
from tasks.events import EventType, decode_job_event
from tasks.ids import new_job_id
from tasks.options import EnqueueLimits, EnqueueOptions
from tasks.queue.claim import Claimed
from tasks.queue.queue import JobQueue
from tasks.records import Failure, FailureKind
from tasks.status import JobStatus
from tests.faults.conftest import FULL
from tests.support.definitions import define
from tests.support.jobs import QUEUE, connection
from tests.support.queue_view import Comparison, View, read_view
from tests.support.transition_model import QueueModel

T = TypeVar("T")

WORKERS = ("anna", "ben", "cleo")
LEASE = timedelta(minutes=5)  # lapses only when a rule says so
LATER = timedelta(hours=1)  # is due only when a rule says so
# Due so soon that a worker has to be woken (WAKE_WITHIN_MS in transition.lua).
SOON = timedelta(seconds=1.9)

FAULT = Failure(FailureKind.FAULT, "Fault", "It broke.")
TIMED_OUT = Failure(FailureKind.TIMED_OUT, "TimedOut", "It took too long.")

KINDS = {
    EventType.PROGRESSED: Kind.MERGEABLE,
    EventType.OUTPUT: Kind.NORMAL,
    EventType.LOGGED: Kind.NORMAL,
}


async def work() -> None:
    """Do nothing."""


TASKS = {attempts: define(work, max_attempts=attempts) for attempts in (1, 2, 3)}


class RememberingQueue(JobQueue):
    """Keeps what was sent to enqueue each job, so that it can be sent again."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sent: dict[str, Sequence[Any]] = {}

    async def call(self, name: str, *arguments: Any) -> Any:
        if name == "enqueue":
            self.sent[arguments[0]] = arguments
        return await super().call(name, *arguments)


class QueueMachine(RuleBasedStateMachine):
    """Clients, three workers, the clock and a forgetful Valkey, on one queue."""

    jobs: Bundle[str] = Bundle("jobs")
    claims: Bundle[Claimed] = Bundle("claims")

    def __init__(self, port: int) -> None:
        super().__init__()
        self.model = QueueModel()
        self.fences: set[str] = set()
        self.moments = 0  # at which delayed jobs were due: 1, 2, …
        self.view: View = {}
        self.moves = 0  # the model's, at that view
        self.touched = False  # something but a job's move changed the view since
        self.agreed = False
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.run(self.open(port))
        self.keys = self.queue.keys
        self.comparison = Comparison(self.model, self.keys)

    async def open(self, port: int) -> None:
        self.redis: Any = await self.stack.enter_async_context(connection(port))
        await self.redis.flushall()
        self.queue = RememberingQueue(self.redis, QUEUE)
        await self.stack.enter_async_context(self.queue)
        self.client = JobClient({QUEUE: self.queue})

    def run(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        self.agreed = False
        return self.runner.run(awaited())

    # What clients do.

    @rule(
        target=jobs,
        owner=st.sampled_from(["ada", "bob"]),
        watchers=st.sampled_from([(), ("bob",), ("eve", "ada")]),
        attempts=st.sampled_from([2, 1, 3]),
        delay=st.sampled_from([None, timedelta(0), LATER, SOON]),
        key=st.sampled_from([None, None, "k"]),
        arguments=st.sampled_from([b"{}", b'{"n":1}']),
        waiting=st.sampled_from([None, None, 3]),
    )
    def enqueue(
        self,
        owner: str,
        watchers: tuple[str, ...],
        attempts: int,
        delay: timedelta | None,
        key: str | None,
        arguments: bytes,
        waiting: int | None,
    ) -> MultipleResults[str]:
        refusal = self.model.refusal(owner, key, arguments, waiting)
        call = self.client.enqueue(
            TASKS[attempts],
            arguments,
            owner=owner,
            options=EnqueueOptions(idempotency_key=key, delay=delay, watchers=watchers),
            limits=EnqueueLimits(waiting=waiting),
        )
        try:
            enqueued = self.run(call)
        except IdempotencyConflict as conflict:
            assert refusal == ("conflict", conflict.job_id)
            return multiple()
        except EnqueueRefused:
            assert refusal == ("open", "")
            return multiple()
        job_id = enqueued.record.id
        if enqueued.deduplicated:
            assert refusal == ("deduplicated", job_id)
            return multiple()
        assert refusal is None
        self.model.accept(
            job_id, owner, watchers, attempts, delayed=bool(delay), key=key, arguments=arguments
        )
        if delay == SOON:
            self.run(self.woken_for(job_id))
        return multiple(job_id)

    async def woken_for(self, job_id: str) -> None:
        assert await self.redis.llen(self.keys.wake)
        # Else the real clock would decide when it is due.
        await self.redis.zadd(self.keys.scheduled, {job_id: 2**52}, xx=True)

    @rule(job_id=jobs)
    def repeat_enqueue(self, job_id: str) -> None:
        """The reply was lost, so the same command comes once more."""
        if job_id in self.model.jobs:
            outcome, newest = self.run(self.queue.call("enqueue", *self.queue.sent[job_id]))
            assert outcome == b"accepted"
            assert decode_job_event(Event.decode(newest)).job == self.run(self.client.get(job_id))

    @rule(job_id=jobs)
    def cancel(self, job_id: str) -> None:
        expected = self.model.cancel(job_id)
        try:
            record = self.run(self.client.cancel(job_id))
        except JobNotFound:
            assert expected is None
        else:
            assert expected is not None
            assert (record.id, record.status) == (job_id, expected.status)

    @rule()
    def cancel_of_no_job(self) -> None:
        with pytest.raises(JobNotFound):
            self.run(self.client.cancel(new_job_id(QUEUE)))

    # What workers do.

    @rule(target=claims, worker=st.sampled_from(WORKERS), count=st.integers(1, 3))
    def pop(self, worker: str, count: int) -> MultipleResults[Claimed]:
        return multiple(*self.popped(worker, count))

    def popped(self, worker: str, count: int) -> list[Claimed]:
        self.touched = True
        if self.view.get("wake"):
            self.run(self.queue.wait_for_work(1))
        claims, seconds = self.run(self.queue.pop(worker, count, LEASE))
        taken = self.model.pop(worker, count)
        assert [(claim.job_id, claim.attempt, claim.sequence) for claim in claims] == [
            (job.id, job.attempt, 0) for job in taken
        ]
        assert self.fences.isdisjoint(claim.fence for claim in claims)
        for job, claim in zip(taken, claims, strict=True):
            job.fence = claim.fence
            self.fences.add(claim.fence)
        delayed = any(job.delayed for job in self.model.jobs.values())
        assert (seconds is not None) == delayed
        return claims

    @rule(target=claims, worker=st.sampled_from(WORKERS))
    def reconcile(self, worker: str) -> MultipleResults[Claimed]:
        """Find claims whose reply was lost."""
        claims = self.run(self.queue.held(worker))
        jobs = [self.model.jobs[id] for id in self.model.holds(worker)]
        assert sorted((c.job_id, c.fence, c.attempt, c.sequence) for c in claims) == sorted(
            (job.id, job.fence, job.attempt, job.sequence) for job in jobs
        )
        return multiple(*claims)

    @rule(
        claim=claims,
        event=st.sampled_from(sorted(KINDS)),
        repeated=st.sampled_from([False, False, True]),
    )
    def emit(self, claim: Claimed, event: EventType, repeated: bool) -> None:  # noqa: FBT001
        sequence = claim.sequence if repeated else claim.sequence + 1
        fraction = sequence / 64 if event is EventType.PROGRESSED else None
        progress = b'{"fraction":%f,"message":null}' % fraction if fraction is not None else None
        expected = self.model.emit(claim.job_id, claim.fence, sequence, event, fraction)
        call = self.queue.emit(
            claim,
            KINDS[event],
            event,
            b"%d" % sequence,
            progress=progress,
            sequence=sequence if repeated else None,
        )
        try:
            status = self.run(call)
        except AttemptSuperseded:
            assert expected is None
        else:
            assert status is expected

    @rule(
        claim=claims,
        status=st.sampled_from([JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED]),
    )
    def finish(self, claim: Claimed, status: JobStatus) -> None:
        result = claim.attempt if status is JobStatus.SUCCEEDED else None
        failure = FAULT if status is JobStatus.FAILED else None
        expected = self.model.finish(
            claim.job_id,
            claim.fence,
            status,
            result=result,
            failure=failure and failure.kind,
        )
        encoded = None if result is None else b"%d" % result
        call = self.queue.finish_claim(claim, status, result=encoded, failure=failure)
        assert self.run(call) == expected

    @rule(worker=st.sampled_from(WORKERS))
    def notice_cancels(self, worker: str) -> None:
        wanted = self.run(self.queue.cancelling(worker))
        jobs = [self.model.jobs[id] for id in self.model.holds(worker)]
        assert sorted(wanted) == sorted(
            job.id for job in jobs if job.status is JobStatus.CANCELLING
        )
        for claim in self.run(self.queue.held(worker)):
            if claim.job_id in wanted:
                self.finish(claim=claim, status=JobStatus.CANCELLED)

    @rule(claim=claims, delay=st.sampled_from([timedelta(0), LATER]))
    def retry(self, claim: Claimed, delay: timedelta) -> None:
        expected = self.model.retry(
            claim.job_id, claim.fence, TIMED_OUT.kind, delayed=delay > timedelta(0)
        )
        assert self.run(self.queue.retry_claim(claim, TIMED_OUT, delay)) == expected

    @rule(claim=claims)
    def release(self, claim: Claimed) -> None:
        expected = self.model.release(claim.job_id, claim.fence)
        assert self.run(self.queue.release(claim)) == expected

    @rule(worker=st.sampled_from(WORKERS))
    def resign(self, worker: str) -> None:
        self.touched = True
        self.model.resign(worker)
        self.run(self.queue.resign(worker))

    @rule(worker=st.sampled_from(WORKERS), outage=st.sampled_from([False, False, True]))
    def renew(self, worker: str, outage: bool) -> None:  # noqa: FBT001
        """After an outage, takeovers wait for one lease."""
        self.touched = True
        if outage:
            self.run(self.redis.set(f"{self.keys.prefix}renewed", 1))
            self.model.sweep_held = True
        self.run(self.queue.renew(worker, LEASE))
        self.model.leases[worker] = True

    @rule()
    def sweep(self) -> None:
        self.touched = True
        lapsed = [worker for worker in self.view.get("leases", {}) if not self.model.leases[worker]]
        lost = [id for worker in lapsed for id in self.view.get(f"running:{worker}", [])]
        self.run(self.queue.take_over())
        self.model.sweep([] if self.model.sweep_held else lost)

    # What time does.

    @rule(worker=st.sampled_from(WORKERS))
    def lapse(self, worker: str) -> None:
        self.touched = True
        self.run(self.redis.zadd(self.keys.leases, {worker: 1}, xx=True))
        if worker in self.model.leases:
            self.model.leases[worker] = False

    @rule()
    def outage_is_long_ago(self) -> None:
        self.touched = True
        self.run(self.redis.delete(f"{self.keys.prefix}sweep_after"))
        self.model.sweep_held = False

    @rule(job_id=jobs)
    def become_due(self, job_id: str) -> None:
        self.touched = True
        self.moments += 1
        self.run(self.redis.zadd(self.keys.scheduled, {job_id: self.moments}, xx=True))
        job = self.model.jobs.get(job_id)
        if job is not None and job.delayed:
            if job_id in self.model.due:
                self.model.due.remove(job_id)
            self.model.due.append(job_id)

    @rule(job_id=jobs)
    def be_kept_long_enough(self, job_id: str) -> None:
        self.touched = True
        self.run(self.redis.zadd(f"{self.keys.prefix}expiry", {job_id: 1}, xx=True))
        job = self.model.jobs.get(job_id)
        if job is not None and job.status.terminal and job_id not in self.model.kept_long_enough:
            self.model.kept_long_enough.append(job_id)

    @rule()
    def forget_scripts(self) -> None:
        self.run(self.redis.script_flush())

    @invariant()
    def agree(self) -> None:
        view = self.run(read_view(self.redis, self.keys))
        self.comparison.check(view)
        if self.model.moves == self.moves and not self.touched:
            assert view == self.view, "what was refused left a trace"
        self.view, self.moves, self.touched = view, self.model.moves, False
        self.agreed = True

    def teardown(self) -> None:
        try:
            if self.agreed:  # else the failure is shown that came first
                self.bring_to_an_end()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    def bring_to_an_end(self) -> None:
        """Whatever happened, each accepted job still ends, and ends once."""
        self.outage_is_long_ago()
        for worker in WORKERS:
            self.lapse(worker=worker)
        self.agree()
        self.sweep()
        for job in list(self.model.jobs.values()):
            if job.delayed:
                self.become_due(job_id=job.id)
        self.agree()
        while any(not job.status.terminal for job in self.model.jobs.values()):
            claims = self.popped(WORKERS[0], 3)
            assert claims, "a job can no longer be reached"
            for claim in claims:
                self.finish(claim=claim, status=JobStatus.SUCCEEDED)
            self.agree()


@pytest.mark.timeout(900)  # a failure takes its time to be reduced
def test_every_move_leaves_record_history_and_indexes_as_the_model_has_them(
    valkey_port: int,
) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: QueueMachine(valkey_port),
        settings=settings(
            max_examples=400 if FULL else 40,
            stateful_step_count=50,
            deadline=None,
            print_blob=True,
        ),
    )
