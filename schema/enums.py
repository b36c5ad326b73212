"""The fixed enums: Python's own, described for GraphQL without a change to them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum

from strawberry.types.enum import EnumValue, StrawberryEnumDefinition

from broadcaster.events import ResetReason
from tasks.records import FailureKind
from tasks.status import JobStatus


class LogLevel(StrEnum):
    """How grave a log line is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _describe(
    cls: type[Enum], description: str, values: Mapping[Enum, str]
) -> StrawberryEnumDefinition:
    return StrawberryEnumDefinition(
        wrapped_cls=cls,
        name=cls.__name__,
        values=[EnumValue(item.name, item.value, description=values[item]) for item in cls],
        description=description,
    )


JOB_STATUS = _describe(
    JobStatus,
    "Where a job stands. SUCCEEDED, FAILED and CANCELLED are final.",
    {
        JobStatus.SCHEDULED: "It waits for its time.",
        JobStatus.QUEUED: "It waits for a worker.",
        JobStatus.RUNNING: "A worker is at it.",
        JobStatus.RETRYING: "An attempt failed; another one follows.",
        JobStatus.CANCELLING: "Someone cancelled it, and its task has yet to stop.",
        JobStatus.SUCCEEDED: "It is done; it has a result, unless its task gives none.",
        JobStatus.FAILED: "Its last attempt failed; see `failure`.",
        JobStatus.CANCELLED: "It was cancelled before it was done.",
    },
)

FAILURE_KIND = _describe(
    FailureKind,
    "What made an attempt fail.",
    {
        FailureKind.DECLARED: "The task said so, with an exception that it declares.",
        FailureKind.FAULT: "Something that nobody foresaw; the server's log has it.",
        FailureKind.TIMED_OUT: "It took longer than its task may take.",
        FailureKind.WORKER_LOST: "Its worker vanished, and no attempt was left.",
        FailureKind.UNSERIALIZABLE_RESULT: "The task gave what it does not declare.",
        FailureKind.STORAGE_FULL: "The owner's stored files take as much as they may.",
    },
)

RESET_REASON = _describe(
    ResetReason,
    "Why a subscription could not go on from its cursor.",
    {
        ResetReason.HISTORY_TRIMMED: "The events just after the cursor are no longer kept.",
        ResetReason.EPOCH_CHANGED: "The cursor belongs to a history that is gone.",
    },
)

LOG_LEVEL = _describe(
    LogLevel,
    "How grave a log line is.",
    {
        LogLevel.DEBUG: "For whoever looks into the task's inner workings.",
        LogLevel.INFO: "The ordinary course of things.",
        LogLevel.WARNING: "Something is odd, and the job goes on.",
        LogLevel.ERROR: "Something went wrong.",
    },
)
