"""Stores how an attempt ended, however long Valkey is away."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import assert_never

from tasks.definition import RetryPolicy
from tasks.queue.claim import Claimed
from tasks.queue.queue import JobQueue
from tasks.status import JobStatus
from tasks.worker.attempt import Stop
from tasks.worker.outage import until_answered
from tasks.worker.outcome import Failed, Interrupted, Outcome, Succeeded

logger = logging.getLogger("jobcast.worker")


async def settle(
    queue: JobQueue, claim: Claimed, outcome: Outcome, policy: RetryPolicy
) -> JobStatus | None:
    """Store the attempt's outcome: the job ends, waits for another attempt, or is given back.

    A cancel that is wanted wins over a failure (the scripts see to it).

    Returns:
        The status that the job has now; None: nothing was written, another claim has the job.
    """
    call = _transition(queue, claim, outcome, policy)
    if call is None:
        return None
    status = await until_answered(call, f"store the outcome of job {claim.job_id}")
    if status is None:
        logger.info(
            "Job %s, attempt %d: not this worker's any more, or stored already; %s changed nothing",
            claim.job_id,
            claim.attempt,
            type(outcome).__name__,
        )
    return status


def _transition(
    queue: JobQueue, claim: Claimed, outcome: Outcome, policy: RetryPolicy
) -> Callable[[], Awaitable[JobStatus | None]] | None:
    match outcome:
        case Succeeded(result):
            return partial(queue.finish_claim, claim, JobStatus.SUCCEEDED, result=result)
        case Failed(failure, retryable=True):
            return partial(queue.retry_claim, claim, failure, backoff(policy, claim.attempt))
        case Failed(failure):
            return partial(queue.finish_claim, claim, JobStatus.FAILED, failure=failure)
        case Interrupted(Stop.CANCELLED):
            return partial(queue.finish_claim, claim, JobStatus.CANCELLED)
        case Interrupted(Stop.DRAINED):
            return partial(queue.release, claim)
        case Interrupted():
            return None
        case unknown:
            assert_never(unknown)


def backoff(policy: RetryPolicy, attempt: int) -> timedelta:
    """How long the next attempt waits after this one failed; see `RetryPolicy`."""
    # A million times the base is beyond any cap, and still a timedelta.
    ceiling = min(policy.cap, policy.base * 2 ** min(attempt - 1, 20))
    return timedelta(seconds=random.uniform(0, ceiling.total_seconds()))
