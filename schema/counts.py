"""`JobStatusCount`: how many jobs stand where."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.enums import JOB_STATUS


@strawberry.type(description="How many jobs are in one status.")
class JobStatusCount:
    """Answered by `tasks.counting.StatusCount`."""

    status: Any = strawberry.field(description="The status.", graphql_type=JOB_STATUS)
    count: int = strawberry.field(description="How many jobs are in it.")
