"""The part of `Settings` that bounds what clients may ask for and hold."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, Field, PositiveInt

from jobcast.setting_types import Duration, Size

KIB, MIB, GIB = 1024, 1024**2, 1024**3


class LimitSettings(BaseModel):
    """Generous for people, small against what would hurt the process."""

    connections_per_viewer: PositiveInt = Field(
        50, description="WebSocket and SSE connections that one viewer may hold in one process."
    )
    connections_per_address: PositiveInt = Field(
        500,
        description="WebSocket and SSE connections from one address in one process, signed in or "
        "not; and as many others, unless from a trusted proxy. Behind a proxy, set "
        "`JOBCAST_TRUSTED_PROXIES`.",
    )
    subscriptions_per_connection: PositiveInt = Field(
        100, description="Subscriptions at a time on one WebSocket."
    )
    subscriptions_per_viewer: PositiveInt = Field(
        1000, description="Subscriptions at a time of one viewer in one process."
    )
    messages_per_second: PositiveInt = Field(
        50,
        description="Messages that a client may send on one WebSocket; four seconds' worth may "
        "come at once.",
    )
    operations_per_second: PositiveInt = Field(
        250,
        description="Queries, mutations and subscriptions that one viewer may begin in a second, "
        "in one process; four seconds' worth may come at once, and who is up to two more ahead "
        "waits. Each millisecond that reading one, "
        "or answering an event for a subscription, takes counts as another: whoever has used them "
        "up is told of events later.",
    )
    message_bytes: Size = Field(
        Size(256 * KIB), description="Largest WebSocket message and largest JSON request body."
    )
    input_bytes: Size = Field(
        Size(128 * KIB), description="Largest input of a job, as JSON; put more into a file."
    )
    upload_bytes: Size = Field(Size(2 * GIB), description="Largest upload, all files together.")
    storage_bytes_per_viewer: Size = Field(
        Size(20 * GIB),
        description="Most bytes that the stored files of one viewer may take, uploads and what "
        "tasks made; each file counts as 64 KiB at least.",
    )
    uploads_per_viewer: PositiveInt = Field(
        4,
        description="Requests with files that one viewer may send at a time to one process; each "
        "takes up to 24 MiB of its memory.",
    )
    query_depth: PositiveInt = Field(
        15, description="Deepest nesting of a query (the introspection query needs 13)."
    )
    query_tokens: PositiveInt = Field(2000, description="Most tokens in a GraphQL document.")
    query_aliases: PositiveInt = Field(30, description="Most aliases in a GraphQL document.")
    query_fields: PositiveInt = Field(
        1000, description="Most fields in a GraphQL document, with its fragments spread out."
    )
    query_cost: PositiveInt = Field(
        5000,
        description="Most fields that an operation may have answered: those below a list count "
        "once for each entry that it asks for.",
    )
    introspection: bool = Field(
        default=True, description="Whether clients may ask for the schema; GraphiQL needs it."
    )
    shared_execution: bool = Field(
        default=True,
        description="Whether subscribers who ask the same of an event share one execution of it; "
        "off, each has its own, at many times the cost.",
    )
    execution_timeout: Duration = Field(
        timedelta(seconds=10),
        gt=timedelta(0),
        description="How long a query or mutation may take, uploads not counted.",
    )
    init_timeout: Duration = Field(
        timedelta(seconds=10),
        gt=timedelta(0),
        description="How long a WebSocket may stay silent before `connection_init`.",
    )
    waiting_jobs_per_viewer: PositiveInt = Field(
        1000, description="Jobs of one viewer in one queue that have not ended."
    )
    enqueues_per_minute: PositiveInt = Field(
        600, description="Jobs that one viewer may enqueue in a minute, in one queue."
    )
