"""`Viewer`: who is asking."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.type(description="Whoever is asking.")
class Viewer:
    """The identity that a request proved."""

    id: strawberry.ID = strawberry.field(description="The owner of the jobs enqueued by you.")
    admin: bool = strawberry.field(description="Whether you may see and cancel everyone's jobs.")
    expires_at: datetime | None = strawberry.field(
        description="When your token expires; null: never."
    )
