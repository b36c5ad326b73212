"""What mutations answer: what was asked for, or an expected reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from schema.job import Job
from schema.queue import Queue
from tasks.arguments import Problem as ArgumentProblem


@strawberry.interface(
    description="An expected reason why something was not done. Ask for `message` on this to cover "
    "those that do not exist yet."
)
class Problem:
    """What all problems have."""

    message: str = strawberry.field(description="What is wrong, in words.")


@strawberry.type(description="One thing that is wrong with an input.")
class InputProblem:
    """A member of `InvalidInput.fields`."""

    path: list[str] = strawberry.field(
        description="Where: field names and list indices, from `input` on. Empty: the whole of it."
    )
    message: str = strawberry.field(description="What is wrong there.")


@strawberry.type(description="The input breaks a rule. Nothing was enqueued.")
class InvalidInput(Problem):
    """All that is wrong, at once."""

    fields: list[InputProblem] = strawberry.field(description="What is wrong, and where.")

    @classmethod
    def of(cls, problems: Iterable[ArgumentProblem]) -> InvalidInput:
        """The problems as clients see them."""
        fields = [InputProblem(path=list(one.path), message=one.message) for one in problems]
        first = ".".join(fields[0].path) if fields else ""
        where = f" `{first}`: {fields[0].message}" if first else ""
        return cls(message=f"The input is not valid.{where}", fields=fields)


@strawberry.type(description="You reached a limit. Nothing was enqueued.")
class RateLimited(Problem):
    """A limit on the viewer."""

    retry_after: timedelta = strawberry.field(description="Try again after this time.")


@strawberry.type(
    description="The idempotency key was used with another input. Nothing was enqueued."
)
class IdempotencyConflict(Problem):
    """The first use of the key stands."""

    job: Job | None = strawberry.field(
        description="The job that the key stands for; null when it is no longer kept."
    )


@strawberry.type(
    description="The queue does not answer, or is full. Try again with the same idempotency key: "
    "it is not known whether this time was in vain."
)
class ServiceUnavailable(Problem):
    """Valkey is away or out of memory."""

    retry_after: timedelta = strawberry.field(description="Try again after this time.")


@strawberry.type(description="There is no such job, or it is not yours.")
class JobNotFound(Problem):
    """The two look alike on purpose."""

    id: strawberry.ID = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="Only a job that failed or was cancelled can be run again.")
class JobNotRetryable(Problem):
    """It has not ended, or it succeeded."""

    job: Job = strawberry.field(description="The job as it stands.")


@strawberry.interface(description="A job was accepted: it is stored, and it will run.")
class JobAccepted:
    """What the accepted types of all tasks have."""

    job: Job = strawberry.field(description="The job.")
    deduplicated: bool = strawberry.field(
        description="Whether an earlier call with this idempotency key made it."
    )


@strawberry.type(
    description="The job is cancelled, or told to stop. A job that had ended stays as it was."
)
class CancelJobAccepted:
    """Watch the job for its end."""

    job: Job = strawberry.field(description="The job as it stands.")


@strawberry.type(description="A new job with the same input was enqueued.")
class RetryJobAccepted:
    """Asking again for the same job gives the same new job."""

    job: Job = strawberry.field(description="The new job.")


@strawberry.type(description="The file is deleted; jobs that still need it will fail.")
class DeleteFileAccepted:
    """Its room is free for another one."""

    id: strawberry.ID = strawberry.field(description="The id that it had.")


@strawberry.type(description="There is no such file, or it is not yours.")
class UnknownFile(Problem):
    """The two look alike on purpose."""

    id: strawberry.ID = strawberry.field(description="The id that was asked for.")


CancelJobPayload = Annotated[
    CancelJobAccepted | JobNotFound | ServiceUnavailable,
    strawberry.union("CancelJobPayload", description="What `cancelJob` answers."),
]

RetryJobPayload = Annotated[
    RetryJobAccepted | JobNotFound | JobNotRetryable | RateLimited | ServiceUnavailable,
    strawberry.union("RetryJobPayload", description="What `retryJob` answers."),
]

DeleteFilePayload = Annotated[
    DeleteFileAccepted | UnknownFile | ServiceUnavailable,
    strawberry.union("DeleteFilePayload", description="What `deleteFile` answers."),
]


@strawberry.type(
    description="Whoever has the token can watch the job, and do nothing else. Nobody can ask for "
    "it again."
)
class WatchLinkCreated:
    """A token to hand on."""

    token: str = strawberry.field(
        description="Presented where your own token would be: `Authorization: Bearer <token>`, or "
        "in the payload of `connection_init` as `authorization`."
    )
    expires_at: datetime = strawberry.field(description="When it ends.")


@strawberry.type(description="All links to the job that were made so far have ended.")
class WatchLinksRevoked:
    """What they hold open ends within seconds."""

    job: Job = strawberry.field(description="The job as it stands.")


CreateWatchLinkPayload = Annotated[
    WatchLinkCreated | InvalidInput | JobNotFound | ServiceUnavailable,
    strawberry.union("CreateWatchLinkPayload", description="What `createWatchLink` answers."),
]

RevokeWatchLinksPayload = Annotated[
    WatchLinksRevoked | JobNotFound | ServiceUnavailable,
    strawberry.union("RevokeWatchLinksPayload", description="What `revokeWatchLinks` answers."),
]


@strawberry.type(description="Only an admin may do this. Nothing was changed.")
class Forbidden(Problem):
    """See `Viewer.admin`."""


@strawberry.type(description="No task has a queue of that name.")
class QueueNotFound(Problem):
    """As far as this server knows."""

    name: str = strawberry.field(description="The name that was asked for.")


@strawberry.type(description="The queue is paused; it may have been so before.")
class PauseQueueAccepted:
    """It stays so over restarts, until it is resumed."""

    queue: Queue = strawberry.field(description="The queue as it stands.")


@strawberry.type(description="The queue is not paused, or no longer; its jobs are begun again.")
class ResumeQueueAccepted:
    """Waiting workers are woken."""

    queue: Queue = strawberry.field(description="The queue as it stands.")


PauseQueuePayload = Annotated[
    PauseQueueAccepted | QueueNotFound | Forbidden | ServiceUnavailable,
    strawberry.union("PauseQueuePayload", description="What `pauseQueue` answers."),
]

ResumeQueuePayload = Annotated[
    ResumeQueueAccepted | QueueNotFound | Forbidden | ServiceUnavailable,
    strawberry.union("ResumeQueuePayload", description="What `resumeQueue` answers."),
]
