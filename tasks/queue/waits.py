"""How long jobs waited before they began."""

from __future__ import annotations

from collections.abc import Sequence

from broadcaster.events import Event
from tasks.events import decode_job_event
from tasks.queue.transitions import Transitions


async def waits(queue: Transitions, job_ids: Sequence[str]) -> list[float]:
    """Seconds from when each job was enqueued, or due, to its latest start.

    Without those whose beginning is no longer kept.

    Raises:
        QueueUnavailable: Valkey does not answer.
    """
    replies = await queue.commands(
        command
        for job_id in job_ids
        for command in (
            ("LINDEX", queue.keys.history(job_id), 0),
            ("HGET", queue.keys.job(job_id), "started_at"),
        )
    )
    seconds: list[float] = []
    for first, started in zip(replies[::2], replies[1::2], strict=True):
        if first and started and (event := Event.decode(first)).position.offset == 1:
            job = decode_job_event(event).job
            due = job.scheduled_for or job.enqueued_at
            seconds.append(max(0.0, int(started) / 1000 - due.timestamp()))
    return seconds
