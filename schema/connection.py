"""Lists of jobs, page by page, as Relay has them."""

from __future__ import annotations

import strawberry

from schema.job import Job


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's Cursor Connections Specification, `PageInfo`."""

    has_next_page: bool = strawberry.field(description="Whether older jobs follow.")
    has_previous_page: bool = strawberry.field(
        description="Whether newer jobs came before; false without `after`."
    )
    start_cursor: str | None = strawberry.field(description="The first job's cursor.")
    end_cursor: str | None = strawberry.field(
        description="Give this as `after` for the next page. A page may be short or even empty "
        "while `hasNextPage` is true."
    )


@strawberry.type(description="One job in a list.")
class JobEdge:
    """Relay's Cursor Connections Specification, `Edge`."""

    node: Job = strawberry.field(description="The job.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="One page of jobs, newest first.")
class JobConnection:
    """Relay's Cursor Connections Specification, `Connection`."""

    edges: list[JobEdge] = strawberry.field(description="The jobs, with their places.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
