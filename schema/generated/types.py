"""`GeneratedTypes`: all types of a registry's tasks, and records and events as these types."""

from __future__ import annotations

from typing import Any

from strawberry.types.field import StrawberryField

from broadcaster.events import ResetReason
from schema import events, failures, job, unregistered
from schema.failures import JobFailure, TaskFault
from schema.generated.failures import FailureTypes
from schema.generated.mutations import Answer, mutation_fields
from schema.generated.shapes import ShapeTypes
from schema.generated.tasks import TaskTypes, make_task_types
from schema.generated.views import EventView, JobView, view_of
from schema.payloads import JobAccepted
from schema.task import Task
from tasks.definition import TaskDefinition
from tasks.events import EventType, JobEvent
from tasks.records import FailureKind, JobRecord
from tasks.registry import Registry

# Those that bring what a task makes have a type of each task, too.
_OF_EACH_TASK = frozenset({EventType.OUTPUT, EventType.SUCCEEDED})

_EVENTS: dict[EventType, type] = {
    EventType.ENQUEUED: events.JobEnqueued,
    EventType.SCHEDULED: events.JobScheduled,
    EventType.STARTED: events.JobStarted,
    EventType.PROGRESSED: events.JobProgressed,
    EventType.OUTPUT: unregistered.UnregisteredOutput,
    EventType.LOGGED: events.JobLogged,
    EventType.RETRY_SCHEDULED: events.JobRetryScheduled,
    EventType.CANCELLING: events.JobCancelling,
    EventType.SUCCEEDED: unregistered.UnregisteredSucceeded,
    EventType.FAILED: events.JobFailed,
    EventType.CANCELLED: events.JobCancelled,
}

# Those that no field names, but that interfaces resolve to.
_STATIC: list[type] = [
    *_EVENTS.values(),
    events.JobSnapshot,
    events.JobReset,
    failures.DeclaredFailure,
    failures.TaskFault,
    failures.TimedOut,
    failures.WorkerLost,
    failures.UnserializableResult,
    failures.StorageFull,
    unregistered.UnregisteredJob,
]


class GeneratedTypes:
    """The types of one schema."""

    def __init__(self, registry: Registry) -> None:
        shapes = ShapeTypes()
        self.registry = registry
        self._failures = FailureTypes(registry, shapes)
        self._tasks = {task.name: make_task_types(task, shapes) for task in registry}
        self._known_tasks = {task.name: Task.of(task) for task in registry}
        self._jobs = {name: view_of(own.job, JobView) for name, own in self._tasks.items()}
        self._unregistered_job = view_of(unregistered.UnregisteredJob, JobView)
        self._snapshot = view_of(events.JobSnapshot, EventView)
        self._reset = view_of(events.JobReset, EventView)
        self._events = {kind: view_of(cls, EventView) for kind, cls in _EVENTS.items()}
        self._own_events: dict[tuple[EventType, str], Any] = {}
        for name, own in self._tasks.items():
            self._own_events[EventType.SUCCEEDED, name] = view_of(own.succeeded, EventView)
            if own.output is not None:
                self._own_events[EventType.OUTPUT, name] = view_of(own.output, EventView)

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
        return list(self._known_tasks.values())

    def to_task(self, name: str) -> Task:
        """The task of that name, registered or not."""
        return self._known_tasks.get(name) or Task.unregistered(name)

    def to_job(self, record: JobRecord) -> job.Job:
        """The job, as the type that its task has for jobs."""
        made: job.Job = self._jobs.get(record.task, self._unregistered_job)(record, self)
        return made

    def to_failure(self, record: JobRecord) -> JobFailure | None:
        """Why the job's latest attempt failed, if it did."""
        return self._failures.of(record)

    def to_event_failure(self, event: JobEvent) -> JobFailure:
        """Why the attempt failed, for an event that tells of a failure."""
        return self._failures.of(event.job) or TaskFault(
            message="The attempt failed.",
            kind=FailureKind.FAULT,
            attempt=event.attempt,
            reference=None,
        )

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
        made: events.JobEvent = self._event_class(event)(event, self)
        return made

    def to_snapshot(self, event: JobEvent) -> events.JobSnapshot:
        """The job as it stands after its newest event."""
        made: events.JobSnapshot = self._snapshot(event, self)
        return made

    def to_reset(self, reason: ResetReason, event: JobEvent) -> events.JobReset:
        """The same, for a subscriber who missed events."""
        made: events.JobReset = self._reset(event, self, reason)
        return made

    def _event_class(self, event: JobEvent) -> Any:
        kind = event.type
        if kind in _OF_EACH_TASK:
            return self._own_events.get((kind, event.job.task)) or self._events[kind]
        return self._events[kind]
