"""Moves of a queue's jobs in any order, legal or not, against a model of what each may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broadcaster.events import Kind
from tasks.errors import AttemptSuperseded
from tasks.events import EventType
from tasks.queue.claim import Claimed
from tasks.records import Failure, FailureKind
from tasks.status import JobStatus
from tests.faults.conftest import FULL
from tests.support.model_job import LATER, Order
from tests.support.queue_machine import LEASE, NAMES, WORKERS, QueueMachine

FAULT = Failure(FailureKind.FAULT, "Fault", "It broke.")
TIMED_OUT = Failure(FailureKind.TIMED_OUT, "TimedOut", "It took too long.")

KINDS = {
    EventType.PROGRESSED: Kind.MERGEABLE,
    EventType.OUTPUT: Kind.NORMAL,
    EventType.LOGGED: Kind.NORMAL,
}

# Most claims that a worker could use, after a while, are stale: give the others more room.
CLAIMS = st.runner().flatmap(
    lambda machine: st.sampled_from(machine.live_claims()) | st.sampled_from(machine.given)
)


class Moves(QueueMachine):
    """Clients, three workers, the clock and a forgetful Valkey, on one queue."""

    claims: Bundle[Claimed] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Claimed] = []

    # What workers do.

    def live_claims(self) -> list[Claimed]:
        """Those whose jobs are still theirs; all, when there are none."""
        jobs = self.model.jobs
        return [
            claim
            for claim in self.given
            if claim.job_id in jobs
            and jobs[claim.job_id].held
            and jobs[claim.job_id].fence == claim.fence
        ] or self.given

    @rule(target=claims, worker=WORKERS, count=st.integers(1, 3))
    def pop(self, worker: str, count: int) -> MultipleResults[Claimed]:
        return multiple(*self.popped(worker, count))

    @precondition(lambda self: self.model.ready or self.model.due)
    @rule(target=claims, worker=WORKERS)
    def pop_one(self, worker: str) -> MultipleResults[Claimed]:
        """As `pop`, which is needed more often than others."""
        return multiple(*self.popped(worker, 1))

    def popped(self, worker: str, count: int) -> list[Claimed]:
        self.touched = True
        # As if every token had woken a worker that then took nothing.
        self.run(self.redis.delete(self.keys.wake))
        claims, seconds = self.run(self.queue.pop(worker, count, LEASE))
        taken = self.model.pop(worker, count)
        assert [(claim.job_id, claim.attempt, claim.sequence) for claim in claims] == [
            (job.id, job.attempt, 0) for job in taken
        ]
        assert {claim.fence for claim in claims}.isdisjoint(claim.fence for claim in self.given)
        for job, claim in zip(taken, claims, strict=True):
            job.fence = claim.fence
        self.given += claims
        assert (seconds is not None) == bool(self.model.delayed())
        return claims

    @precondition(lambda self: self.model.leases)
    @rule(target=claims, worker=WORKERS)
    def reconcile(self, worker: str) -> MultipleResults[Claimed]:
        """Find claims whose reply was lost."""
        claims = self.run(self.queue.held(worker))
        jobs = [self.model.jobs[id] for id in self.model.holds(worker)]
        assert sorted((c.job_id, c.fence, c.attempt, c.sequence) for c in claims) == sorted(
            (job.id, job.fence, job.attempt, job.sequence) for job in jobs
        )
        self.given += claims
        return multiple(*claims)

    @precondition(lambda self: self.given)
    @rule(
        claim=CLAIMS,
        event=st.sampled_from(sorted(KINDS)),
        repeated=st.sampled_from([False, False, True]),
    )
    def emit(self, claim: Claimed, event: EventType, repeated: bool) -> None:
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

    @precondition(lambda self: self.given)
    @rule(
        claim=CLAIMS,
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
            failure=failure.kind if failure else None,
        )
        encoded = None if result is None else b"%d" % result
        call = self.queue.finish_claim(claim, status, result=encoded, failure=failure)
        assert (self.run(call) is not None) == expected

    @precondition(lambda self: self.model.cancelling())
    @rule(worker=WORKERS)
    def notice_cancels(self, worker: str) -> None:
        wanted = self.run(self.queue.cancelling(worker))
        held = self.model.holds(worker)
        assert sorted(wanted) == sorted(id for id in self.model.cancelling() if id in held)
        for claim in self.run(self.queue.held(worker)):
            if claim.job_id in wanted:
                self.finish(claim=claim, status=JobStatus.CANCELLED)

    @precondition(lambda self: self.given)
    @rule(claim=CLAIMS, delay=st.sampled_from([timedelta(0), LATER]))
    def retry(self, claim: Claimed, delay: timedelta) -> None:
        expected = self.model.retry(
            claim.job_id, claim.fence, TIMED_OUT.kind, delayed=delay > timedelta(0)
        )
        assert (self.run(self.queue.retry_claim(claim, TIMED_OUT, delay)) is not None) == expected

    @precondition(lambda self: self.given)
    @rule(claim=CLAIMS)
    def release(self, claim: Claimed) -> None:
        expected = self.model.release(claim.job_id, claim.fence)
        assert (self.run(self.queue.release(claim)) is not None) == expected

    @precondition(lambda self: self.model.leases)
    @rule(worker=WORKERS, renewed=st.sampled_from([False, True]))
    def resign_or_renew(self, worker: str, renewed: bool) -> None:
        self.touched = True
        if renewed:
            self.model.leases[worker] = True
            self.run(self.queue.renew(worker, LEASE))
        else:
            self.model.resign(worker)
            self.run(self.queue.resign(worker))

    @precondition(lambda self: self.model.lapsed() or self.model.kept_long_enough)
    @rule()
    def sweep(self) -> None:
        self.touched = True
        lapsed = [worker for worker in self.view.get("leases", {}) if worker in self.model.lapsed()]
        lost = [id for worker in lapsed for id in self.view.get(f"running:{worker}", [])]
        self.run(self.queue.take_over())
        self.model.sweep(lost)

    def bring_to_an_end(self) -> None:
        """Whatever happened, each accepted job still ends, ends once, and leaves nothing."""
        self.be_back_for_a_lease()
        for worker in NAMES:
            self.lapse(worker=worker)
        self.agree()
        self.sweep()
        for job_id in self.model.delayed():
            self.become_due(job_id=job_id)
        self.agree()
        while self.model.open_jobs():
            claims = self.popped(NAMES[0], 3)
            assert claims, "a job can no longer be reached"
            for claim in claims:
                self.finish(claim=claim, status=JobStatus.SUCCEEDED)
            self.agree()
        for claim in self.given:
            self.emit(claim=claim, event=EventType.PROGRESSED, repeated=False)
            self.finish(claim=claim, status=JobStatus.FAILED)
        for job_id in self.sent:
            self.repeat_enqueue(job_id=job_id)
            self.cancel(job_id=job_id)
        self.agree()
        for job_id in self.model.ended():
            self.be_kept_long_enough(job_id=job_id)
        self.sweep()
        self.agree()
        for owner, key in list(self.model.keys):
            self.accepted(Order(owner, (), 1, None, key, b"{}", None))
        self.agree()


@pytest.mark.timeout(900)  # a failure takes its time to be reduced
def test_every_move_leaves_record_history_and_indexes_as_the_model_has_them(
    valkey_port: int,
) -> None:
    class Machine(Moves):
        port = valkey_port

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=600 if FULL else 60,
            stateful_step_count=50,
            deadline=None,
            print_blob=True,
            report_multiple_bugs=False,  # to reduce each takes minutes
        ),
    )
