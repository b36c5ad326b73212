"""The public record of a job: what is stored of it, and what each of its events carries."""

from __future__ import annotations

from collections.abc import Mapping
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


class JobRecord:
    """A job as it stands (in an event: just after that event). Never holds the input.

    Reads its stored form as it is asked: most who are given a record look at a few of its fields.
    """

    __slots__ = ("_stored", "position")

    def __init__(self, stored: Mapping[str, Any], position: Position) -> None:
        """Take the `job` member of an event's payload, and that event's position."""
        self._stored = stored
        self.position = position

    def __eq__(self, other: object) -> bool:
        """Whether they tell the same of the same moment."""
        if not isinstance(other, JobRecord):
            return NotImplemented
        mine, others = ({"result": None} | dict(one) for one in (self._stored, other._stored))
        return self.position == other.position and mine == others

    __hash__ = None  # type: ignore[assignment]  # what is stored may hold lists

    @property
    def id(self) -> str:
        """`<queue>.<UUIDv7>`."""
        return self._stored["id"]  # type: ignore[no-any-return]

    @property
    def queue(self) -> str:
        """The queue that it waits in."""
        return self._stored["queue"]  # type: ignore[no-any-return]

    @property
    def task(self) -> str:
        """The name of what it runs."""
        return self._stored["task"]  # type: ignore[no-any-return]

    @property
    def owner(self) -> str:
        """Who enqueued it."""
        return self._stored["owner"]  # type: ignore[no-any-return]

    @property
    def watchers(self) -> tuple[str, ...]:
        """Who may see it as well."""
        return tuple(self._stored["watchers"])

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""
        return tuple(self._stored["tags"])

    @property
    def max_attempts(self) -> int:
        """How often it is tried at most."""
        return self._stored["max_attempts"]  # type: ignore[no-any-return]

    @property
    def enqueued_at(self) -> datetime:
        """When it was accepted."""
        return _datetime(self._stored["enqueued_at"])

    @property
    def status(self) -> JobStatus:
        """Where it stands."""
        return _STATUSES[self._stored["status"]]

    @property
    def attempt(self) -> int:
        """The current or latest one; 0 until first started."""
        return self._stored["attempt"]  # type: ignore[no-any-return]

    @property
    def progress(self) -> Progress | None:
        """How far the attempt says it is."""
        progress = self._stored["progress"]
        return Progress(progress["fraction"], progress["message"]) if progress else None

    @property
    def failure(self) -> Failure | None:
        """Why the latest attempt failed."""
        failure = self._stored["failure"]
        return Failure.from_mapping(failure) if failure else None

    @property
    def scheduled_for(self) -> datetime | None:
        """When it is due; set while SCHEDULED, or RETRYING with a delay."""
        return _optional_datetime(self._stored["scheduled_for"])

    @property
    def started_at(self) -> datetime | None:
        """When the latest attempt began."""
        return _optional_datetime(self._stored["started_at"])

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""
        return _optional_datetime(self._stored["finished_at"])

    @property
    def result(self) -> Any:
        """A JSON value; None unless SUCCEEDED."""
        return self._stored.get("result")


_STATUSES = {status.value: status for status in JobStatus}


def _datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _optional_datetime(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _datetime(milliseconds)
