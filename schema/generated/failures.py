"""The types of declared exceptions, and failures as clients see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from schema.failures import (
    DeclaredFailure,
    JobFailure,
    StorageFull,
    TaskFault,
    TimedOut,
    UnserializableResult,
    WorkerLost,
)
from schema.generated.classes import object_type
from schema.generated.shapes import ShapeTypes
from tasks.definition import DeclaredException, TaskDefinition
from tasks.records import Failure, FailureKind, JobRecord


class FailureTypes:
    """One type for each exception class, however many tasks declare it."""

    def __init__(self, definitions: Iterable[TaskDefinition], shapes: ShapeTypes) -> None:
        self._types: dict[type[Exception], Any] = {}
        self._declared: dict[tuple[str, str], DeclaredException] = {}
        for definition in definitions:
            for declared in definition.failures:
                self._declared[definition.name, declared.shape.name] = declared
                if declared.exception not in self._types:
                    self._types[declared.exception] = object_type(
                        declared.shape.name,
                        declared.shape.description,
                        [shapes.output_field(field) for field in declared.shape.fields],
                        (JobFailure,),
                    )

    @property
    def types(self) -> list[type]:
        """All of them."""
        return list(self._types.values())

    def of(self, record: JobRecord) -> JobFailure | None:
        """The job's failure, if it has one."""
        failure = record.failure
        if failure is None:
            return None
        common: dict[str, Any] = {
            "message": failure.message,
            "kind": failure.kind,
            "attempt": record.attempt,
        }
        match failure.kind:
            case FailureKind.DECLARED:
                return self._of_declared(record, failure, common)
            case FailureKind.TIMED_OUT:
                return TimedOut(**common)
            case FailureKind.WORKER_LOST:
                return WorkerLost(**common)
            case FailureKind.UNSERIALIZABLE_RESULT:
                return UnserializableResult(reference=failure.reference, **common)
            case FailureKind.STORAGE_FULL:
                return StorageFull(**common)
            case FailureKind.FAULT:
                return TaskFault(reference=failure.reference, **common)

    def _of_declared(
        self, record: JobRecord, failure: Failure, common: dict[str, Any]
    ) -> JobFailure:
        declared = self._declared.get((record.task, failure.type))
        data = _data(declared, failure) if declared else None
        if declared is None or data is None:
            return DeclaredFailure(exception=failure.type, **common)
        if isinstance(own := (failure.data or {}).get("message"), str):
            common["message"] = own
        fields = {field.name: getattr(data, field.name) for field in declared.shape.fields}
        made: JobFailure = self._types[declared.exception](**common, **fields)
        return made


def _data(declared: DeclaredException, failure: Failure) -> BaseModel | None:
    """The exception's fields; None when they are not what it declares (any more)."""
    known = {field.name for field in declared.shape.fields}
    given = {name: value for name, value in (failure.data or {}).items() if name in known}
    try:
        return declared.data.model_validate(given)
    except ValidationError:
        return None
