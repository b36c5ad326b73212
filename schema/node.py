"""`Node`: what can be fetched again by its id alone."""

from __future__ import annotations

import strawberry

from schema.sharing import shareable


@shareable
@strawberry.interface(description="Something with an id of its own; fetch it again with `node`.")
class Node:
    """Relay's Global Object Identification."""

    id: strawberry.ID = strawberry.field(description="Its id, unique in all of Jobcast.")
