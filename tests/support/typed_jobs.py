"""A schema whose only fields are answered by what a test puts there: types without a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from broadcaster.events import Position
from schema.events import JobEvent as EventType
from schema.generated import GeneratedTypes
from schema.job import Job
from schema.scalars import SCALARS
from tasks import events
from tasks.definition import TaskDefinition
from tasks.files.reference import FileRef
from tasks.records import JobRecord
from tasks.registry import Registry
from tasks.status import JobStatus
from tasks.task import task

JOB_ID = "default.0193a5f2-7c1e-7d4b-9a54-3f0d2c1b8e77"
STARTED = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def types_of(*functions: Callable[..., Any], **options: Any) -> GeneratedTypes:
    """The types for these functions as tasks, all with the same options."""
    registry = Registry()
    for function in functions:
        task(registry=registry, **options)(function)
    return GeneratedTypes(registry)


def record_of(name: str, **changes: Any) -> JobRecord:
    """A job's record: of a success, unless told otherwise by members of its stored form."""
    stored: dict[str, Any] = {
        "id": JOB_ID,
        "queue": "default",
        "task": name,
        "owner": "ann",
        "watchers": [],
        "tags": ["new"],
        "max_attempts": 3,
        "enqueued_at": milliseconds(STARTED),
        "status": JobStatus.SUCCEEDED,
        "attempt": 2,
        "progress": None,
        "failure": None,
        "scheduled_for": None,
        "started_at": milliseconds(STARTED),
        "finished_at": milliseconds(STARTED + timedelta(seconds=5)),
        "result": None,
    }
    return JobRecord(stored | changes, Position("0a1b2c3d", 7, "64e5c31f2a0b0"))


def event_of(
    kind: events.EventType, record: JobRecord, data: Any = None, merged: int = 0
) -> events.JobEvent:
    """An event with this record."""
    stored = {"type": kind, "at": milliseconds(STARTED), "data": data, "job": record._stored}
    return events.JobEvent(stored, record.position, merged)


def milliseconds(at: datetime) -> int:
    """A time as it is stored."""
    return round(at.timestamp() * 1000)


@dataclass
class StubContext:
    """What types ask of the context, from memory."""

    stored_arguments: bytes | None = None
    inputs: list[dict[str, Any]] = field(default_factory=list)  # what mutations were given

    async def job_arguments(self, job_id: str) -> bytes | None:
        """What the test says was stored."""
        assert job_id == JOB_ID
        return self.stored_arguments

    def file_url(self, file: FileRef) -> str:
        """A link that tells which file it is for."""
        return f"/files/{file.id}"


@strawberry.type
class _Query:
    job: Job
    event: EventType


def stub_schema(types: GeneratedTypes) -> strawberry.Schema:
    """A schema of these types; its mutations note their input in the context, and fail."""

    async def note(info: Any, definition: TaskDefinition, raw: dict[str, Any]) -> Any:
        info.context.inputs.append(raw)
        raise RuntimeError(definition.name)

    return strawberry.Schema(
        query=_Query,
        mutation=create_type("Mutation", list(types.mutation_fields(note))),
        types=types.types,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


async def ask(
    types: GeneratedTypes,
    selection: str,
    *,
    job: Job | None = None,
    event: EventType | None = None,
    context: StubContext | None = None,
) -> Any:
    """What `{ job { selection } }` gives, or the same for an event."""
    field_name = "event" if job is None else "job"
    answer = await stub_schema(types).execute(
        f"{{ {field_name} {{ {selection} }} }}",
        root_value=_Query(job=job, event=event),  # type: ignore[arg-type]
        context_value=context or StubContext(),
    )
    if answer.errors:
        raise answer.errors[0]
    assert answer.data is not None
    return answer.data[field_name]
