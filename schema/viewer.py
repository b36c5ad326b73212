"""`Viewer`: who is asking."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry

from schema.context import SchemaContext
from schema.file import File
from schema.scalars import BigInt
from tasks.files.ledger import SMALLEST_CHARGE

# Each is read from the store by itself; a client that wants more asks for it, up to the largest.
DEFAULT_FILES = 20
MOST_FILES = 100


@strawberry.type(description="How much room your stored files take.")
class StorageUsage:
    """As `FileLedger` counts it."""

    used_bytes: BigInt = strawberry.field(
        description=f"What they take: each as {SMALLEST_CHARGE // 1024} KiB at least, so that it "
        "may be more than their sizes together. Uploads under way are counted too."
    )
    limit_bytes: BigInt | None = strawberry.field(
        description="What they may take; null: as much as there is."
    )


async def _storage(info: strawberry.Info) -> StorageUsage:
    context: SchemaContext = info.context
    usage = await context.storage_usage()
    limit = None if usage.limit_bytes is None else BigInt(usage.limit_bytes)
    return StorageUsage(used_bytes=BigInt(usage.used_bytes), limit_bytes=limit)


async def _stored_files(
    info: strawberry.Info,
    first: Annotated[
        int, strawberry.argument(description=f"How many at most, 1 to {MOST_FILES}.")
    ] = DEFAULT_FILES,
) -> list[File]:
    context: SchemaContext = info.context
    # A reference answers the fields of `File`: see `schema.file`.
    return cast("list[File]", await context.stored_files(first))


@strawberry.type(description="Whoever is asking.")
class Viewer:
    """The identity that a request proved."""

    id: strawberry.ID = strawberry.field(description="The owner of the jobs enqueued by you.")
    admin: bool = strawberry.field(
        description="Whether you may see and cancel everyone's jobs, and see and pause queues."
    )
    expires_at: datetime | None = strawberry.field(
        description="When your token expires; null: never."
    )

    storage: StorageUsage = strawberry.field(
        resolver=_storage, description="How much room your stored files take."
    )
    stored_files: list[File] = strawberry.field(
        resolver=_stored_files,
        description="Your stored files, the oldest first. To see more, delete some: `deleteFile`.",
    )
