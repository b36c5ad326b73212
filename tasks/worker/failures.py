"""From an exception to the failure that the job's owner sees."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from tasks.definition import DeclaredException, TaskDefinition
from tasks.durations import in_words
from tasks.files.errors import StorageFull
from tasks.queue.claim import Claimed
from tasks.records import Failure, FailureKind
from tasks.worker.outcome import Failed
from tasks.worker.values import UnserializableValue, clip

logger = logging.getLogger("jobcast.worker")

LONGEST_MESSAGE = 4 * 1024  # bytes: it travels in every later event of the job


def failed_by(exc: BaseException, definition: TaskDefinition) -> Failed:
    """The outcome of an attempt that raised `exc`.

    Only a declared exception speaks to the owner. The text of any other may hold secrets: it
    belongs in the log (`log_fault`), under the reference that the owner is given.
    """
    exc = _only_leaf(exc)
    if isinstance(exc, definition.raises):
        return Failed(_declared(exc, definition), isinstance(exc, definition.retry_on))
    if isinstance(exc, UnserializableValue):
        kind = FailureKind.UNSERIALIZABLE_RESULT
        # Another attempt would do all the work again, only to fail in the same way.
        return Failed(
            Failure(kind, "UnserializableResult", str(exc), None, _reference()), retryable=False
        )
    if isinstance(exc, StorageFull):
        kind = FailureKind.STORAGE_FULL
        return Failed(Failure(kind, "StorageFull", str(exc)), retryable=False)
    return fault()


def fault() -> Failed:
    """The outcome of an attempt that went wrong in a way that nobody declared."""
    message = "The task failed unexpectedly."
    return Failed(Failure(FailureKind.FAULT, "Fault", message, None, _reference()), retryable=True)


def timed_out(timeout: timedelta) -> Failed:
    """The outcome of an attempt that did not end within its timeout."""
    message = f"The task did not end within {in_words(timeout)}."
    return Failed(Failure(FailureKind.TIMED_OUT, "TimedOut", message), retryable=True)


def unknown_task(task: str) -> Failed:
    """The outcome of an attempt at a task that this worker has not loaded.

    While a new version is rolled out, another worker may know it: attempts are left to it.
    """
    message = f"The worker does not know the task {task}."
    return Failed(
        Failure(FailureKind.FAULT, "UnknownTask", message, None, _reference()), retryable=True
    )


def log_fault(failed: Failed, claim: Claimed, cause: BaseException | str) -> None:
    """Log what made the attempt fail, unless its owner is told all there is to tell.

    `cause` is an exception, or words about it.
    """
    if failed.failure.reference is None:
        return
    exception = cause if isinstance(cause, BaseException) else None
    logger.error(
        "Job %s of task %s, attempt %d: fault %s",
        claim.job_id,
        claim.task,
        claim.attempt,
        failed.failure.reference,
        exc_info=exception,
        extra={} if exception else {"traceback": str(cause)},
    )


def _declared(exc: BaseException, definition: TaskDefinition) -> Failure:
    by_class = {declared.exception: declared for declared in definition.failures}
    # The nearest one that clients know of, when it is a subclass that was raised.
    declared = next(by_class[base] for base in type(exc).__mro__ if base in by_class)
    name = declared.exception.__name__
    text = getattr(exc, "message", None) or str(exc) or declared.shape.description or name
    return Failure(
        FailureKind.DECLARED, name, clip(str(text), LONGEST_MESSAGE), _fields(exc, declared)
    )


def _fields(exc: BaseException, declared: DeclaredException) -> dict[str, Any] | None:
    names = [field.name for field in declared.shape.fields]
    if not names:
        return None
    try:
        data = declared.data(**{name: getattr(exc, name) for name in names})
        return data.model_dump(mode="json")
    except (AttributeError, ValidationError, PydanticSerializationError) as error:
        logger.warning("%s does not hold what it declares: %s", declared.exception, error)
        return None


def _only_leaf(exc: BaseException) -> BaseException:
    """What a task group wraps, when that is a single exception."""
    while isinstance(exc, BaseExceptionGroup) and len(exc.exceptions) == 1:
        exc = exc.exceptions[0]
    return exc


def _reference() -> str:
    return secrets.token_hex(8)
