"""A claim: one worker's hold on one job for one attempt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Claimed:
    """What a worker needs to run a job, and to prove that it holds it."""

    job_id: str
    fence: str  # another one for every claim; writes with an older one are refused
    attempt: int  # 1 for the first
    max_attempts: int
    timeout_ms: int
    sequence: int  # of the last event this attempt wrote; a repeated number changes nothing
    owner: str
    task: str
    arguments: bytes

    @classmethod
    def from_reply(cls, reply: list[bytes]) -> Claimed:
        """Read what `claim` in transition.lua returns."""
        job_id, fence, attempt, most, timeout, sequence, owner, task, arguments = reply
        return cls(
            job_id.decode(),
            fence.decode(),
            int(attempt),
            int(most),
            int(timeout),
            int(sequence),
            owner.decode(),
            task.decode(),
            arguments,
        )
