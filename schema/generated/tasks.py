"""The types that one task has of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.types.base import StrawberryOptional

from schema.context import SchemaContext
from schema.events import JobEvent, JobOutput, JobSucceeded
from schema.generated.classes import FieldPlan, input_type, object_type
from schema.generated.shapes import ShapeTypes, union_type
from schema.generated.values import read_arguments, read_value
from schema.inputs import EnqueueOptions
from schema.job import Job
from schema.payloads import (
    IdempotencyConflict,
    InvalidInput,
    JobAccepted,
    RateLimited,
    ServiceUnavailable,
)
from tasks.definition import TaskDefinition
from tasks.status import JobStatus


@dataclass(frozen=True, slots=True)
class TaskTypes:
    """The types of one task."""

    definition: TaskDefinition
    input: Any
    arguments: Any | None  # None: it has no parameters
    job: Any
    accepted: Any
    payload: Any
    succeeded: Any
    output: Any | None  # None: it gives no output on its way


def make_task_types(definition: TaskDefinition, shapes: ShapeTypes) -> TaskTypes:
    """Make the types of one task."""
    name = definition.type_name
    arguments = _arguments_type(definition, shapes)
    job = _job_type(definition, shapes, arguments)
    own_job = FieldPlan("job", job, "The job as it stood just after this event.")
    accepted = object_type(
        f"{name}Accepted",
        f"A job of `{definition.name}` was accepted: it is stored, and it will run.",
        [FieldPlan("job", job, "The job.")],
        (JobAccepted,),
    )
    refusals = [InvalidInput, RateLimited, IdempotencyConflict, ServiceUnavailable]
    return TaskTypes(
        definition=definition,
        input=_input_type(definition, shapes),
        arguments=arguments,
        job=job,
        accepted=accepted,
        payload=union_type(
            f"{name}Payload", f"What `{definition.field_name}` answers.", [accepted, *refusals]
        ),
        succeeded=_succeeded_type(definition, shapes, own_job),
        output=_output_type(definition, shapes, own_job),
    )


def _input_type(definition: TaskDefinition, shapes: ShapeTypes) -> Any:
    fields = [shapes.input_field(field) for field in definition.shapes.arguments.fields]
    options = FieldPlan(
        "options", StrawberryOptional(EnqueueOptions), "How and when it is to run.", default=None
    )
    return input_type(
        f"{definition.type_name}Input",
        f"What `{definition.field_name}` takes.",
        [*fields, options],
    )


def _arguments_type(definition: TaskDefinition, shapes: ShapeTypes) -> Any | None:
    fields = [shapes.output_field(field) for field in definition.shapes.arguments.fields]
    if not fields:
        return None
    return object_type(
        f"{definition.type_name}Arguments",
        f"What a job of `{definition.name}` was given, defaults included.",
        fields,
    )


def _job_type(definition: TaskDefinition, shapes: ShapeTypes, arguments: Any | None) -> Any:
    fields: list[FieldPlan] = []

    async def read_input(root: Job, info: strawberry.Info) -> Any:
        context: SchemaContext = info.context
        raw = await context.job_arguments(root.record.id)
        return None if raw is None else read_arguments(definition, raw)

    def read_result(root: Job) -> Any:
        adapter, record = definition.result, root.record
        if adapter is None or record.status is not JobStatus.SUCCEEDED:
            return None
        return read_value(adapter, record.result, "result")

    if arguments is not None:
        fields.append(
            FieldPlan(
                "input",
                StrawberryOptional(arguments),
                "What it was given, defaults included; null when it is no longer kept.",
                resolver=read_input,
            )
        )
    if definition.shapes.result is not None:
        fields.append(
            FieldPlan(
                "result",
                _optional(shapes.output(definition.shapes.result)),
                "What it gave; null until it has succeeded.",
                resolver=read_result,
            )
        )
    return object_type(
        f"{definition.type_name}Job", f"A job of `{definition.name}`.", fields, (Job,)
    )


def _succeeded_type(definition: TaskDefinition, shapes: ShapeTypes, own_job: FieldPlan) -> Any:
    fields = [own_job]

    def read_result(root: JobEvent) -> Any:
        adapter = definition.result
        return adapter and read_value(adapter, root.job.record.result, "result")

    if definition.shapes.result is not None:
        result = shapes.output(definition.shapes.result)
        fields.append(FieldPlan("result", result, "What it gave.", resolver=read_result))
    return object_type(
        f"{definition.type_name}Succeeded",
        f"A job of `{definition.name}` is done. The last event.",
        fields,
        (JobSucceeded,),
    )


def _output_type(definition: TaskDefinition, shapes: ShapeTypes, own_job: FieldPlan) -> Any | None:
    shape = definition.shapes.output
    if shape is None:
        return None

    def read_output(root: JobOutput) -> Any:
        adapter = definition.output
        return adapter and read_value(adapter, root.data, "output")

    return object_type(
        f"{definition.type_name}Output",
        f"A job of `{definition.name}` gave a part of its output.",
        [
            own_job,
            FieldPlan("output", shapes.output(shape), "The part.", resolver=read_output),
        ],
        (JobOutput,),
    )


def _optional(kind: Any) -> Any:
    return kind if isinstance(kind, StrawberryOptional) else StrawberryOptional(kind)
