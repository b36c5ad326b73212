"""What clients give beside a task's own parameters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional

from schema.enums import JOB_STATUS

LONGEST_TEXT = 100  # characters to look for in each job: an id has some 70

_STATUSES: Any = StrawberryOptional(StrawberryList(JOB_STATUS))


@strawberry.input(description="How and when a job is to run.")
class EnqueueOptions:
    """Read by `schema.options.read_options`."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Of your own making, up to 255 characters. Within a day, the same key and "
        "input for the same task give the first job instead of another one.",
    )
    delay: timedelta | None = strawberry.field(
        default=None, description="How long to wait before it may run. Not together with `runAt`."
    )
    run_at: datetime | None = strawberry.field(
        default=None, description="When it may run. Not together with `delay`."
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Words to find it by: up to 20, of up to 64 characters each."
    )
    watchers: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Other viewers who may watch it, up to 50; not cancel or retry it.",
    )


@strawberry.input(description="Which jobs; all that is given must hold.")
class JobFilter:
    """Read by `schema.options.read_filter`."""

    statuses: list[Any] | None = strawberry.field(
        default=None, description="Those in one of these.", graphql_type=_STATUSES
    )
    tasks: list[str] | None = strawberry.field(
        default=None, description="Those of one of these tasks, by name."
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Those that have all of these."
    )
    owners: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Those that one of these viewers enqueued."
    )
    text: str | None = strawberry.field(
        default=None,
        description="Those with this in their id, their task's name, a tag or their owner, in "
        f"small letters or capitals. Up to {LONGEST_TEXT} characters.",
    )
    enqueued_after: datetime | None = strawberry.field(
        default=None, description="Those accepted later than this."
    )
    enqueued_before: datetime | None = strawberry.field(
        default=None, description="Those accepted earlier than this."
    )


@strawberry.input(description="Which job to cancel.")
class CancelJobInput:
    """The input of `cancelJob`."""

    id: strawberry.ID = strawberry.field(description="The job's id.")


@strawberry.input(description="Which job to show to whoever has the link, and how long.")
class CreateWatchLinkInput:
    """The input of `createWatchLink`."""

    id: strawberry.ID = strawberry.field(description="The job's id.")
    expires_in: timedelta | None = strawberry.field(
        default=None, description="How long it works; as long as is allowed if left out."
    )


@strawberry.input(description="Which job's links to end.")
class RevokeWatchLinksInput:
    """The input of `revokeWatchLinks`."""

    id: strawberry.ID = strawberry.field(description="The job's id.")


@strawberry.input(description="Which file to delete.")
class DeleteFileInput:
    """The input of `deleteFile`."""

    id: strawberry.ID = strawberry.field(description="The file's id.")


@strawberry.input(description="Which job to run again.")
class RetryJobInput:
    """The input of `retryJob`."""

    id: strawberry.ID = strawberry.field(description="The job's id.")


@strawberry.input(description="Which queue to pause.")
class PauseQueueInput:
    """The input of `pauseQueue`."""

    name: str = strawberry.field(description="The queue's name.")


@strawberry.input(description="Which queue to resume.")
class ResumeQueueInput:
    """The input of `resumeQueue`."""

    name: str = strawberry.field(description="The queue's name.")
