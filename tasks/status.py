"""The states of a job, and SAQ's words for them."""

from __future__ import annotations

from enum import StrEnum

from saq.job import Status as SaqStatus


class JobStatus(StrEnum):
    """Where a job stands."""

    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def terminal(self) -> bool:
        """Whether the job has ended; no transition leaves such a state."""
        return self in TERMINAL


TERMINAL = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})

# The one place where SAQ's names meet ours.
TO_SAQ = {
    JobStatus.SCHEDULED: SaqStatus.QUEUED,
    JobStatus.QUEUED: SaqStatus.QUEUED,
    JobStatus.RETRYING: SaqStatus.QUEUED,
    JobStatus.RUNNING: SaqStatus.ACTIVE,
    JobStatus.CANCELLING: SaqStatus.ABORTING,
    JobStatus.SUCCEEDED: SaqStatus.COMPLETE,
    JobStatus.FAILED: SaqStatus.FAILED,
    JobStatus.CANCELLED: SaqStatus.ABORTED,
}
FROM_SAQ_TERMINAL = {
    SaqStatus.COMPLETE: JobStatus.SUCCEEDED,
    SaqStatus.FAILED: JobStatus.FAILED,
    SaqStatus.ABORTED: JobStatus.CANCELLED,
}
