"""The public record of a job: what is stored of it, and what each of its events carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from broadcaster.events import Position
from tasks.status import JobStatus


class FailureKind(StrEnum):
    """What made an attempt fail."""

    DECLARED = "DECLARED"  # an exception that the task declares in `raises`
    FAULT = "FAULT"  # any other exception; its text stays in the log, under `reference`
    TIMED_OUT = "TIMED_OUT"
    WORKER_LOST = "WORKER_LOST"  # the worker's lease lapsed with no attempt left
    UNSERIALIZABLE_RESULT = "UNSERIALIZABLE_RESULT"
    STORAGE_FULL = "STORAGE_FULL"  # the owner's files take as much as they may


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last attempt failed, in words fit for the job's owner."""

    kind: FailureKind
    type: str  # the declared exception's class name, else a name for the kind
    message: str
    data: dict[str, Any] | None = None  # the declared exception's fields, as JSON values
    reference: str | None = None  # correlation id to find a fault in the log

    def to_json(self) -> bytes:
        """The stored form."""
        return orjson.dumps(
            {
                "kind": self.kind,
                "type": self.type,
                "message": self.message,
                "data": self.data,
                "reference": self.reference,
            }
        )

    @classmethod
    def from_mapping(cls, value: dict[str, Any]) -> Failure:
        """Read the stored form, already parsed."""
        return cls(
            FailureKind(value["kind"]),
            value["type"],
            value["message"],
            value.get("data"),
            value.get("reference"),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job says it is."""

    fraction: float  # 0 to 1
    message: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it stands (in an event: just after that event). Never holds the input."""

    id: str  # `<queue>.<UUIDv7>`
    queue: str
    task: str
    owner: str
    watchers: tuple[str, ...]
    tags: tuple[str, ...]
    max_attempts: int
    enqueued_at: datetime
    status: JobStatus
    attempt: int  # 0 until first started
    progress: Progress | None
    failure: Failure | None
    scheduled_for: datetime | None  # set while SCHEDULED or RETRYING with a delay
    started_at: datetime | None  # of the latest attempt
    finished_at: datetime | None
    result: Any  # JSON value; None unless SUCCEEDED
    position: Position  # of the event that this record belongs to

    @classmethod
    def from_mapping(cls, value: dict[str, Any], position: Position) -> JobRecord:
        """Read the `job` member of an event's payload."""
        progress = value["progress"]
        failure = value["failure"]
        return cls(
            id=value["id"],
            queue=value["queue"],
            task=value["task"],
            owner=value["owner"],
            watchers=tuple(value["watchers"]),
            tags=tuple(value["tags"]),
            max_attempts=value["max_attempts"],
            enqueued_at=_datetime(value["enqueued_at"]),
            status=JobStatus(value["status"]),
            attempt=value["attempt"],
            progress=Progress(progress["fraction"], progress["message"]) if progress else None,
            failure=Failure.from_mapping(failure) if failure else None,
            scheduled_for=_optional_datetime(value["scheduled_for"]),
            started_at=_optional_datetime(value["started_at"]),
            finished_at=_optional_datetime(value["finished_at"]),
            result=value.get("result"),
            position=position,
        )


def _datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _optional_datetime(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _datetime(milliseconds)
