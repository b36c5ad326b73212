"""Live subscriptions over a broadcaster in memory: what subscribers are sent, and what it cost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import orjson

from broadcaster.events import Kind
from broadcaster.memory import MemoryBroadcaster
from jobcast.execution import Executor
from jobcast.graphql import build_schema
from jobcast.live.job_follower import JobFollower
from jobcast.live.subscriptions import LiveSubscriptions
from jobcast.operation_rate import OperationRates
from jobcast.query_limits import QueryLimits
from jobcast.websocket.outlet import Outlet, SharedPayload
from resolvers.context import Context, Services, Viewer
from schema.generated import GeneratedTypes
from tasks.events import EventType
from tests.support.typed_jobs import STARTED, milliseconds, record_of


class StubOutlet(Outlet):
    """A client that reads when told to, and the owner of its one subscription."""

    def __init__(self) -> None:
        self.writable = True
        self.messages: list[dict[str, Any]] = []
        self.ends: list[Exception | None] = []
        self.left = 0
        self._reads = asyncio.Event()
        self._reads.set()

    def stall(self) -> None:
        """Read nothing more."""
        self.writable = False
        self._reads.clear()

    def go_on(self) -> None:
        """Read again."""
        self.writable = True
        self._reads.set()

    def operation_ended(self, id: str, error: Exception | None) -> None:
        """Keep why."""
        self.ends.append(error)

    def leave_subscription(self) -> None:
        """It was counted once."""
        self.left += 1

    def send(self, message: bytes) -> None:
        """Keep it."""
        self.messages.append(orjson.loads(message))

    def send_payload(self, payload: SharedPayload, tail: bytes) -> None:
        """Keep it."""
        self.send(payload.message(tail))

    async def until_writable(self) -> None:
        """Wait for `go_on`."""
        await self._reads.wait()

    def close(self, code: int, reason: str) -> None:
        """No test here closes."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that it was sent."""
        return [message["payload"]["data"]["job"] for message in self.messages]

    @property
    def offsets(self) -> list[int]:
        """The offsets that these stand for, the snapshot's first."""
        return [
            offset
            for event in self.events
            for offset in range(event["offset"] - event.get("merged", 0), event["offset"] + 1)
        ]


@dataclass
class LiveJobs:
    """Publishes jobs' events, and subscribes to them."""

    types: GeneratedTypes
    shared: bool = True
    operations_per_second: float = 250.0
    stored_input: bytes | None = None
    input_reads: int = 0

    def __post_init__(self) -> None:
        self.broadcaster = MemoryBroadcaster()
        schema = build_schema(self.types)
        self._executor = Executor(schema, QueryLimits(tokens=2000, depth=15, aliases=30))
        self.rates = OperationRates(self.operations_per_second)
        self.live = LiveSubscriptions(schema._schema, self.rates, shared=self.shared)

        async def arguments(job_id: str) -> bytes | None:
            self.input_reads += 1
            await asyncio.sleep(0)
            return self.stored_input

        self._services = cast(
            Services,
            SimpleNamespace(
                types=self.types,
                broadcaster=self.broadcaster,
                jobs=SimpleNamespace(channel=lambda job_id: job_id, arguments=arguments),
            ),
        )

    async def publish(self, job_id: str, kind: EventType, task: str, **changes: Any) -> None:
        """Publish an event of a job of ann's."""
        data = changes.pop("data", None)
        job = record_of(task, id=job_id, **changes)._stored
        payload = {"type": kind, "at": milliseconds(STARTED), "data": data, "job": job}
        how = {EventType.PROGRESSED: Kind.MERGEABLE, EventType.SUCCEEDED: Kind.FINAL}
        await self.broadcaster.publish(
            job_id, orjson.dumps(payload), kind=how.get(kind, Kind.NORMAL)
        )
        await asyncio.sleep(0)  # as events come from a network

    async def subscribe(
        self, query: str, outlet: StubOutlet, viewer: str = "ann", **variables: Any
    ) -> JobFollower:
        """Subscribe as a viewer does."""
        follower = await self.live.follow(
            "1",
            self._executor.prepare(query, None, variables),
            Context(Viewer(viewer, admin=True), self._services),
            outlet=outlet,
            owner=outlet,
        )
        assert follower is not None
        return follower
