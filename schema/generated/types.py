"""`GeneratedTypes`: all types of a registry's tasks, and records and events as these types."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from broadcaster.events import ResetReason
from schema import events, failures, job, unregistered
from schema.cursor import encode_cursor
from schema.failures import JobFailure, TaskFault
from schema.generated.failures import FailureTypes
from schema.generated.mutations import Answer, mutation_fields
from schema.generated.shapes import ShapeTypes
from schema.generated.tasks import TaskTypes, make_task_types
from schema.payloads import JobAccepted
from schema.scalars import Cursor
from schema.task import Task
from tasks.definition import TaskDefinition
from tasks.events import EventType, JobEvent
from tasks.records import FailureKind, JobRecord, Progress
from tasks.registry import Registry

_PLAIN_EVENTS: dict[EventType, Any] = {
    EventType.ENQUEUED: events.JobEnqueued,
    EventType.SCHEDULED: events.JobScheduled,
    EventType.STARTED: events.JobStarted,
    EventType.CANCELLING: events.JobCancelling,
    EventType.CANCELLED: events.JobCancelled,
}

# Those that no field names, but that interfaces resolve to.
_STATIC: list[type] = [
    *_PLAIN_EVENTS.values(),
    events.JobSnapshot,
    events.JobProgressed,
    events.JobLogged,
    events.JobRetryScheduled,
    events.JobFailed,
    events.JobReset,
    failures.DeclaredFailure,
    failures.TaskFault,
    failures.TimedOut,
    failures.WorkerLost,
    failures.UnserializableResult,
    failures.StorageFull,
    unregistered.UnregisteredJob,
    unregistered.UnregisteredOutput,
    unregistered.UnregisteredSucceeded,
]


class GeneratedTypes:
    """The types of one schema."""

    def __init__(self, registry: Registry) -> None:
        shapes = ShapeTypes()
        self.registry = registry
        self._failures = FailureTypes(registry, shapes)
        self._tasks = {task.name: make_task_types(task, shapes) for task in registry}

    @property
    def types(self) -> list[type]:
        """What the schema must be told of, since no field leads there."""
        own = [
            kind
            for types in self._tasks.values()
            for kind in (types.job, types.succeeded, types.output)
            if kind is not None
        ]
        return [*_STATIC, *self._failures.types, *own]

    def of(self, name: str) -> TaskTypes:
        """The types of the task of that name.

        Raises:
            KeyError: There is none.
        """
        return self._tasks[name]

    def mutation_fields(self, answer: Answer) -> list[StrawberryField]:
        """One field for each task, for the type Mutation (see `schema.generated.mutations`)."""
        return mutation_fields(self._tasks.values(), answer)

    def tasks(self) -> list[Task]:
        """All registered tasks."""
        return [Task.of(definition) for definition in self.registry]

    def to_task(self, name: str) -> Task:
        """The task of that name, registered or not."""
        definition = self.registry.find(name)
        return Task.of(definition) if definition else Task.unregistered(name)

    def to_job(self, record: JobRecord) -> job.Job:
        """The job, as the type that its task has for jobs."""
        types = self._tasks.get(record.task)
        cls: Any = types.job if types else unregistered.UnregisteredJob
        made: job.Job = cls(
            id=strawberry.ID(record.id),
            task=self.to_task(record.task),
            status=record.status,
            attempt=record.attempt,
            max_attempts=record.max_attempts,
            progress=record.progress,
            failure=self._failures.of(record),
            enqueued_at=record.enqueued_at,
            scheduled_for=record.scheduled_for,
            started_at=record.started_at,
            finished_at=record.finished_at,
            cursor=_cursor(record),
            tags=list(record.tags),
            owner=strawberry.ID(record.owner),
            record=record,
        )
        return made

    def accepted(
        self, definition: TaskDefinition, record: JobRecord, *, deduplicated: bool
    ) -> JobAccepted:
        """What the task's mutation answers when the job was accepted."""
        made: JobAccepted = self.of(definition.name).accepted(
            job=self.to_job(record), deduplicated=deduplicated
        )
        return made

    def to_event(self, event: JobEvent) -> events.JobEvent:
        """The event, as the type of its kind (and of its task, where it has its own)."""
        made: events.JobEvent = self._event_class(event)(
            **self._common(event), **self._particular(event)
        )
        return made

    def to_snapshot(self, event: JobEvent) -> events.JobSnapshot:
        """The job as it stands after its newest event."""
        return events.JobSnapshot(**self._common(event))

    def to_reset(self, reason: ResetReason, event: JobEvent) -> events.JobReset:
        """The same, for a subscriber who missed events."""
        return events.JobReset(reason=reason, **self._common(event))

    def _common(self, event: JobEvent) -> dict[str, Any]:
        return {
            "cursor": _cursor(event.job),
            "offset": event.position.offset,
            "at": event.at,
            "job": self.to_job(event.job),
        }

    def _event_class(self, event: JobEvent) -> Any:
        types = self._tasks.get(event.job.task)
        match event.type:
            case EventType.PROGRESSED:
                return events.JobProgressed
            case EventType.OUTPUT:
                own = types.output if types else None
                return own or unregistered.UnregisteredOutput
            case EventType.LOGGED:
                return events.JobLogged
            case EventType.RETRY_SCHEDULED:
                return events.JobRetryScheduled
            case EventType.SUCCEEDED:
                return types.succeeded if types else unregistered.UnregisteredSucceeded
            case EventType.FAILED:
                return events.JobFailed
            case _:
                return _PLAIN_EVENTS[event.type]

    def _particular(self, event: JobEvent) -> dict[str, Any]:
        match event.type:
            case EventType.PROGRESSED:
                progress = event.job.progress or Progress(0.0)
                return {"progress": progress, "merged": event.merged}
            case EventType.OUTPUT:
                return {"data": event.data}
            case EventType.LOGGED:
                return {"level": event.data["level"], "message": event.data["message"]}
            case EventType.RETRY_SCHEDULED | EventType.FAILED:
                return {"failure": self._failures.of(event.job) or _unknown_failure(event)}
            case _:
                return {}


def _cursor(record: JobRecord) -> Cursor:
    return Cursor(encode_cursor(record.id, record.position))


def _unknown_failure(event: JobEvent) -> JobFailure:
    return TaskFault(
        message="The attempt failed.",
        kind=FailureKind.FAULT,
        attempt=event.attempt,
        reference=None,
    )
