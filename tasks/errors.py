"""Errors of the task layer.

TaskLayerError
├── InvalidTask            a function cannot become a task; says where and why
├── UnknownTask            no task of that name is registered
├── JobNotFound            no such job (or not for this viewer: the two look alike)
├── IdempotencyConflict    the key was used with another input
├── EnqueueRefused         a limit on the owner is reached
├── NotRetryable           only failed and cancelled jobs can be retried by hand
├── InvalidWatchLink       a token to watch a job was not made here, or its time is over
├── QueueUnavailable       Valkey did not answer in time; nothing is known to have been stored
└── QueueFull              Valkey is out of memory; nothing was stored

JobCancelled and AttemptSuperseded are raised inside a running task, never to a client.
"""

from __future__ import annotations

from datetime import timedelta


class TaskLayerError(Exception):
    """Base of all errors that `tasks` raises on purpose."""


class InvalidTask(TaskLayerError):
    """The function cannot become a task; the message names file, line and remedy."""


class UnknownTask(TaskLayerError):
    """No task of this name is registered; load its module with JOBCAST_TASKS."""


class JobNotFound(TaskLayerError):
    """There is no such job, or it is no longer kept."""


class IdempotencyConflict(TaskLayerError):
    """This idempotency key was used with another input; use a new key."""

    def __init__(self, job_id: str) -> None:
        super().__init__("This idempotency key was already used with a different input.")
        self.job_id = job_id


class EnqueueRefused(TaskLayerError):
    """The owner reached a limit; try again after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotRetryable(TaskLayerError):
    """Only a failed or cancelled job can be retried by hand."""


class InvalidWatchLink(TaskLayerError):
    """The token was not made with this key, was changed, or has expired; ask for a new one."""


class QueueUnavailable(TaskLayerError):
    """Valkey did not answer in time. Retry with the same idempotency key."""


class QueueFull(TaskLayerError):
    """Valkey reached its memory limit and refused the job; nothing was stored."""


class JobCancelled(Exception):
    """Raised in a thread's task by `progress`, `log` and `check_cancelled` after a cancel."""


class AttemptSuperseded(Exception):
    """This attempt lost its lease: another worker has the job, so this one must stop."""
