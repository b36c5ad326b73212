"""What every resolver is given: who asks, and the services that answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import strawberry

from broadcaster.broadcaster import Broadcaster
from tasks.client import JobClient
from tasks.files.links import LinkSigner
from tasks.files.storage import FileStorage
from tasks.options import EnqueueLimits
from tasks.registry import Registry


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Anonymous requests never reach a resolver."""

    id: str
    admin: bool = False
    expires_at: datetime | None = None  # None: does not expire (the local viewer)


@dataclass(frozen=True, slots=True)
class Services:
    """The process's shared parts; one object for the application's life."""

    registry: Registry
    jobs: JobClient
    broadcaster: Broadcaster
    files: FileStorage
    links: LinkSigner
    enqueue_limits: EnqueueLimits


@dataclass(slots=True)
class Context:
    """One operation's context; `info.context` in every resolver."""

    viewer: Viewer
    services: Services
    operation_id: str | None = None  # graphql-transport-ws operation id
    resume: Mapping[str, str] = field(default_factory=dict)  # operation id → cursor
    loaders: dict[str, Any] = field(default_factory=dict)  # per-operation data loaders


Info = strawberry.Info[Context, None]
