"""Names of a queue's keys. The hash tag `{queue}` keeps them in one slot of a Cluster."""

from __future__ import annotations

from dataclasses import dataclass

ALL_JOBS = "all"  # the audience of administrators


def viewer_audience(viewer_id: str) -> str:
    """The audience of the jobs that one viewer may see."""
    return f"viewer:{viewer_id}"


@dataclass(frozen=True, slots=True)
class QueueKeys:
    """Keys of one queue. The scripts build the same names from `prefix` (transition.lua)."""

    queue: str

    @property
    def prefix(self) -> str:
        """What all of them start with; given to every script as KEYS[1]."""
        return f"jobcast:{{{self.queue}}}:"

    def job(self, job_id: str) -> str:
        """The job's hash; also the name of its channel."""
        return f"{self.prefix}job:{job_id}"

    def history(self, job_id: str) -> str:
        """The list of the job's kept events."""
        return f"{self.job(job_id)}:history"

    def index(self, audience: str) -> str:
        """The audience's jobs, scored by the time they were enqueued (ms)."""
        return f"{self.prefix}index:{audience}"

    def feed(self, audience: str) -> str:
        """The audience's jobs by last change; also the name of the feed's channel."""
        return f"{self.prefix}feed:{audience}"

    def running(self, worker: str) -> str:
        """The set of job ids that a worker holds."""
        return f"{self.prefix}running:{worker}"

    def card(self, worker: str) -> str:
        """What the worker says of itself, as JSON."""
        return f"{self.prefix}worker:{worker}"

    @property
    def queued(self) -> str:
        """The list of job ids ready to run. May hold ids of jobs no longer queued: skipped."""
        return f"{self.prefix}queued"

    @property
    def scheduled(self) -> str:
        """Job ids by the time they are due (ms)."""
        return f"{self.prefix}scheduled"

    @property
    def wake(self) -> str:
        """A list of tokens: pushing one wakes a worker that waits."""
        return f"{self.prefix}wake"

    @property
    def leases(self) -> str:
        """Workers by the time their lease ends (ms)."""
        return f"{self.prefix}leases"

    @property
    def paused(self) -> str:
        """When the queue was paused (ms); it is, for as long as the key is there."""
        return f"{self.prefix}paused"

    @property
    def control(self) -> str:
        """The pub/sub channel that tells workers which running jobs to cancel."""
        return f"{self.prefix}control"
