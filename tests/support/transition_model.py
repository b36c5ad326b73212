"""A queue in plain Python: which moves are legal, and what each of them leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tasks.events import EventType
from tasks.keys import ALL_JOBS, viewer_audience
from tasks.records import FailureKind
from tasks.status import JobStatus
from tests.support.model_job import ModelJob, Order, Refusal

_END = {
    JobStatus.SUCCEEDED: EventType.SUCCEEDED,
    JobStatus.FAILED: EventType.FAILED,
    JobStatus.CANCELLED: EventType.CANCELLED,
}

# Whose feeds somebody follows. The others learn of new jobs only.
FOLLOWED = {ALL_JOBS, viewer_audience("ada")}


class QueueModel:
    """All jobs that exist, and the order in which they run."""

    def __init__(self) -> None:
        self.jobs: dict[str, ModelJob] = {}
        self.ready: list[str] = []
        self.due: list[str] = []  # delayed ones whose time has come, in that order
        self.kept_long_enough: set[str] = set()
        self.leases: dict[str, bool] = {}  # by worker: whether it still runs
        self.sweep_held: bool = False  # after an outage, takeovers wait
        self.keys: dict[tuple[str, str], tuple[str, bytes]] = {}  # owner, key: job, arguments
        self.revisions: Counter[str] = Counter()  # by audience
        self.moves = 0
        self.control: list[str] = []  # running jobs that their workers were told to cancel

    # What clients do.

    def refusal(self, order: Order) -> tuple[Refusal | None, str]:
        """Why no job would be made of it, and the job that is there already."""
        job_id, arguments = self.keys.get((order.owner, order.key or ""), ("", b""))
        if job_id in self.jobs:
            same = arguments == order.arguments
            return Refusal.DEDUPLICATED if same else Refusal.CONFLICT, job_id
        if order.waiting is not None and self.open_jobs()[order.owner] >= order.waiting:
            return Refusal.TOO_MANY, ""
        return None, ""

    def accept(self, job_id: str, order: Order) -> None:
        viewers = dict.fromkeys((order.owner, *order.watchers))
        audiences = [*map(viewer_audience, viewers), ALL_JOBS]
        job = ModelJob(job_id, order.owner, audiences, order.attempts)
        self.jobs[job_id] = job
        if order.key is not None:
            self.keys[order.owner, order.key] = (job_id, order.arguments)
        if order.delay:
            job.status, job.delayed = JobStatus.SCHEDULED, True
            self._publish(job, EventType.SCHEDULED)
        else:
            self._enqueue(job)

    def cancel(self, job_id: str) -> ModelJob | None:
        job = self.jobs.get(job_id)
        if job is None:
            return None
        if job.status is JobStatus.RUNNING:
            job.status = JobStatus.CANCELLING
            self._publish(job, EventType.CANCELLING)
            self.control.append(job_id)
        elif not job.status.terminal and not job.held:
            self._conclude(job, JobStatus.CANCELLED)
        return job

    # What workers do.

    def pop(self, worker: str, count: int) -> list[ModelJob]:
        for job in [self.jobs[job_id] for job_id in self.due]:
            job.delayed = False
            self._enqueue(job)
        self.due.clear()
        self.leases[worker] = True
        taken = [self.jobs[job_id] for job_id in self.ready[:count]]
        del self.ready[:count]
        for job in taken:
            job.status, job.worker, job.started = JobStatus.RUNNING, worker, True
            job.attempt += 1
            job.sequence, job.progress, job.failure = 0, None, None
            self._publish(job, EventType.STARTED)
        return taken

    def emit(
        self, job_id: str, fence: str, sequence: int, event: EventType, progress: float | None
    ) -> JobStatus | None:
        """The job's status; None: superseded."""
        job = self._held(job_id, fence)
        if job is None:
            return None
        if sequence > job.sequence:
            job.sequence = sequence
            job.progress = job.progress if progress is None else progress
            self._publish(job, event, quiet=event is not EventType.PROGRESSED)
        return job.status

    def finish(
        self,
        job_id: str,
        fence: str,
        status: JobStatus,
        *,
        result: int | None,
        failure: FailureKind | None,
    ) -> bool:
        known = self.jobs.get(job_id)
        if known is not None and known.fence == fence and known.status.terminal:
            return True  # a repetition
        job = self._held(job_id, fence)
        if job is None:
            return False
        if job.status is JobStatus.CANCELLING and status is JobStatus.FAILED:
            status = JobStatus.CANCELLED
        job.result = result
        self._conclude(job, status, failure)
        return True

    def retry(self, job_id: str, fence: str, failure: FailureKind, *, delayed: bool) -> bool:
        job = self._held(job_id, fence)
        if job is None:
            return False
        self._again(job, failure, delayed=delayed)
        return True

    def release(self, job_id: str, fence: str) -> bool:
        job = self._held(job_id, fence)
        if job is None:
            return False
        if job.status is JobStatus.CANCELLING:
            self._conclude(job, JobStatus.CANCELLED)
            return True
        job.worker, job.progress, job.started = None, None, False
        job.attempt -= 1
        self._enqueue(job, front=True)
        return True

    def resign(self, worker: str) -> None:
        if self.holds(worker):
            self.leases[worker] = False
        else:
            self.leases.pop(worker, None)

    def sweep(self, lost: Sequence[str]) -> None:
        """`lost`: the jobs to take over, in the order that the server keeps them in."""
        if not self.sweep_held:
            lapsed = self.lapsed()
            assert sorted(lost) == sorted(id for worker in lapsed for id in self.holds(worker))
            for job_id in lost:
                self._again(self.jobs[job_id], FailureKind.WORKER_LOST, front=True)
            for worker in lapsed:
                del self.leases[worker]
        for job_id in self.kept_long_enough:
            del self.jobs[job_id]
        self.kept_long_enough.clear()

    def become_due(self, job_id: str) -> None:
        if job_id in self.due:
            self.due.remove(job_id)
        self.due.append(job_id)

    # What can be asked.

    def delayed(self) -> list[str]:
        return [job.id for job in self.jobs.values() if job.delayed]

    def ended(self) -> list[str]:
        return [job.id for job in self.jobs.values() if job.status.terminal]

    def running(self) -> list[str]:
        return [job.id for job in self.jobs.values() if job.status is JobStatus.RUNNING]

    def cancelling(self) -> list[str]:
        return [job.id for job in self.jobs.values() if job.status is JobStatus.CANCELLING]

    def lapsed(self) -> list[str]:
        """Workers."""
        return [worker for worker, lives in self.leases.items() if not lives]

    def holds(self, worker: str) -> list[str]:
        return [job.id for job in self.jobs.values() if job.worker == worker]

    def open_jobs(self) -> Counter[str]:
        """By owner."""
        return Counter(job.owner for job in self.jobs.values() if not job.status.terminal)

    def _held(self, job_id: str, fence: str) -> ModelJob | None:
        job = self.jobs.get(job_id)
        return job if job is not None and job.held and job.fence == fence else None

    # How a job changes.

    def _enqueue(self, job: ModelJob, *, front: bool = False) -> None:
        job.status = JobStatus.QUEUED
        self._push(job, front=front)
        self._publish(job, EventType.ENQUEUED)

    def _push(self, job: ModelJob, *, front: bool) -> None:
        self.ready.insert(0 if front else len(self.ready), job.id)

    def _again(
        self, job: ModelJob, failure: FailureKind, *, delayed: bool = False, front: bool = False
    ) -> None:
        if job.status is JobStatus.CANCELLING:
            self._conclude(job, JobStatus.CANCELLED, failure)
        elif job.attempt >= job.max_attempts:
            self._conclude(job, JobStatus.FAILED, failure)
        else:
            job.status, job.worker, job.failure = JobStatus.RETRYING, None, failure
            job.delayed = delayed
            if not delayed:
                self._push(job, front=front)
            self._publish(job, EventType.RETRY_SCHEDULED)

    def _conclude(
        self, job: ModelJob, status: JobStatus, failure: FailureKind | None = None
    ) -> None:
        job.status, job.worker, job.delayed = status, None, False
        job.failure = failure or job.failure
        for waiting in (self.ready, self.due):
            if job.id in waiting:
                waiting.remove(job.id)
        self._publish(job, _END[status])

    def _publish(self, job: ModelJob, event: EventType, *, quiet: bool = False) -> None:
        self.moves += 1
        job.events.append(event)
        if quiet:
            return
        for audience in job.audiences:
            if audience in FOLLOWED or len(job.events) == 1:
                self.revisions[audience] += 1
                job.revisions[audience] = self.revisions[audience]
