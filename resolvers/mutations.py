"""Answers to the fields of `Mutation`: every expected outcome is a member of a union."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.tools import create_type

from resolvers.access import changeable_job, may_see
from resolvers.context import Context, Info
from resolvers.files import receive_file
from resolvers.queues import pause_queue, resume_queue
from resolvers.refusals import RETRY_WHEN_AWAY, full, not_found, unavailable
from resolvers.watch_links import create_watch_link, revoke_watch_links
from schema.generated import GeneratedTypes
from schema.inputs import CancelJobInput, DeleteFileInput, RetryJobInput
from schema.options import read_options
from schema.payloads import (
    CancelJobAccepted,
    CancelJobPayload,
    DeleteFileAccepted,
    DeleteFilePayload,
    IdempotencyConflict,
    InvalidInput,
    JobAccepted,
    JobNotRetryable,
    RateLimited,
    RetryJobAccepted,
    RetryJobPayload,
    ServiceUnavailable,
    UnknownFile,
)
from tasks import errors
from tasks.arguments import Problem, replace_files, validate_arguments
from tasks.definition import TaskDefinition
from tasks.files.errors import StorageUnavailable
from tasks.options import EnqueueOptions


def make_mutation(types: GeneratedTypes) -> type:
    """The type `Mutation`: one field for each task, and those that act on jobs."""
    fields: list[Any] = [
        *types.mutation_fields(enqueue),
        cancel_job,
        retry_job,
        create_watch_link,
        revoke_watch_links,
        delete_file,
        pause_queue,
        resume_queue,
    ]
    return create_type("Mutation", fields, description="What can be done.")


async def enqueue(info: Info, definition: TaskDefinition, raw: dict[str, Any]) -> Any:
    """Accept a job of the task, or say why not."""
    context = info.context
    options = read_options(raw.get("options"))
    files: set[str] = set()
    arguments = await _arguments(context, definition, raw, files)
    problems = [*_problems(options), *_problems(arguments)]
    if isinstance(options, list) or isinstance(arguments, list):
        return InvalidInput.of(problems)
    # Kept unless surely not taken: without an answer from Valkey the job may have been stored.
    context.kept_files |= files
    payload = await _enqueue(context, definition, arguments, options)
    if isinstance(payload, RateLimited | IdempotencyConflict) or (
        isinstance(payload, JobAccepted) and payload.deduplicated
    ):
        context.kept_files -= files
    return payload


@strawberry.mutation(
    description="Cancel a job of yours. One that runs is told to stop; watch it for its end. One "
    "that ends before it could be stopped keeps its outcome."
)
async def cancel_job(
    info: Info,
    input: Annotated[CancelJobInput, strawberry.argument(description="Which job.")],
) -> CancelJobPayload:
    """Cancelling twice, or after the end, changes nothing."""
    context = info.context
    try:
        await changeable_job(context, input.id)
        record = await context.services.jobs.cancel(input.id)
    except errors.JobNotFound:
        return not_found(input.id)
    except errors.QueueUnavailable:
        return unavailable()
    return CancelJobAccepted(job=context.services.types.to_job(record))


@strawberry.mutation(
    description="Run the task of a job that failed or was cancelled again, as a new job with the "
    "same input. A job's end is final, so the old one stays as it is."
)
async def retry_job(
    info: Info,
    input: Annotated[RetryJobInput, strawberry.argument(description="Which job.")],
) -> RetryJobPayload:
    """Asking again for the same job gives the same new job."""
    context = info.context
    try:
        record = await changeable_job(context, input.id)
        try:
            again = await context.services.jobs.retry(
                input.id, limits=context.services.enqueue_limits
            )
        except errors.NotRetryable:
            return JobNotRetryable(
                message="Only a job that failed or was cancelled can be run again.",
                job=context.services.types.to_job(record),
            )
    except errors.JobNotFound:
        return not_found(input.id)
    except errors.EnqueueRefused as exc:
        return RateLimited(message=str(exc), retry_after=exc.retry_after)
    except errors.QueueFull:
        return full()
    except errors.QueueUnavailable:
        return unavailable()
    return RetryJobAccepted(job=context.services.types.to_job(again))


@strawberry.mutation(
    description="Delete a stored file of yours, an upload or a task's result. A job that still "
    "needs it will fail; one that names it goes on doing so, and the file's links answer 404."
)
async def delete_file(
    info: Info,
    input: Annotated[DeleteFileInput, strawberry.argument(description="Which file.")],
) -> DeleteFilePayload:
    """For good: its room is free again."""
    context = info.context
    try:
        stored = await context.services.files.stat_for(
            input.id, context.viewer.id, context.viewer.admin
        )
        if stored is None or not await context.services.files.delete(stored.id):
            return UnknownFile(message="There is no such file, or it is not yours.", id=input.id)
    except StorageUnavailable:
        return ServiceUnavailable(
            message="The storage does not answer. Try again.", retry_after=RETRY_WHEN_AWAY
        )
    return DeleteFileAccepted(id=input.id)


async def _arguments(
    context: Context, definition: TaskDefinition, raw: dict[str, Any], files: set[str]
) -> bytes | list[Problem]:
    async def receive(value: Any) -> Any:
        file = await receive_file(context, value)
        files.add(file.id)
        return file

    received = await replace_files(definition, raw, receive)
    if isinstance(received, list):
        return received
    arguments = validate_arguments(definition, received)
    largest = context.services.input_bytes
    if isinstance(arguments, bytes) and len(arguments) > largest:
        message = f"The input has {len(arguments)} bytes as JSON; {largest} are allowed."
        return [Problem((), f"{message} Put what is large into a file.")]
    return arguments


async def _enqueue(
    context: Context, definition: TaskDefinition, arguments: bytes, options: EnqueueOptions
) -> Any:
    services = context.services
    try:
        enqueued = await services.jobs.enqueue(
            definition,
            arguments,
            owner=context.viewer.id,
            options=options,
            limits=services.enqueue_limits,
        )
    except errors.IdempotencyConflict as exc:
        record = await services.jobs.get(exc.job_id)
        visible = record is not None and may_see(context.viewer, record)
        return IdempotencyConflict(
            message=str(exc), job=services.types.to_job(record) if record and visible else None
        )
    except errors.EnqueueRefused as exc:
        return RateLimited(message=str(exc), retry_after=exc.retry_after)
    except errors.QueueFull:
        return full()
    except errors.QueueUnavailable:
        return unavailable()
    return services.types.accepted(definition, enqueued.record, deduplicated=enqueued.deduplicated)


def _problems(value: Any) -> list[Problem]:
    return value if isinstance(value, list) else []
