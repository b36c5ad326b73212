"""`OverviewReader`: reads a queue's overview, one script a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from broadcaster.events import Event, Position
from tasks.events import decode_job_event
from tasks.latency import percentiles
from tasks.overview import (
    MINUTES,
    MOST_RUNNING,
    MOST_WORKERS,
    Minute,
    QueueOverview,
    WorkerOverview,
)
from tasks.queue.queue import JobQueue
from tasks.records import JobRecord
from tasks.worker_card import WorkerCard

# Running jobs read of one queue in all: Valkey takes 7 µs for each.
MOST_RUNNING_IN_ALL = 200

_MINUTE_MS = 60_000


class OverviewReader:
    """Reads one queue; remembers minutes that are over, since nothing changes them any more."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue = queue
        self._minutes: dict[int, Minute] = {}  # by number; the newest was not over when read

    async def read(self) -> QueueOverview:
        """The queue as it stands.

        Raises:
            QueueUnavailable: Valkey did not answer.
        """
        since = max(self._minutes, default=0)
        reply = await self.queue.call(
            "overview", since, MINUTES, MOST_WORKERS, MOST_RUNNING, MOST_RUNNING_IN_ALL
        )
        now, paused, waiting, scheduled, running, oldest, worker_count, workers, minutes = reply
        self._remember(int(now) // _MINUTE_MS, minutes)
        return QueueOverview(
            name=self.queue.name,
            paused_at=_datetime(paused) if paused else None,
            waiting=waiting,
            scheduled=scheduled,
            running=running,
            oldest_waiting_since=decode_job_event(Event.decode(oldest)).at if oldest else None,
            worker_count=worker_count,
            known_workers=tuple(_worker(int(now), *row) for row in workers),
            minutes=tuple(self._minutes[number] for number in sorted(self._minutes)),
        )

    def _remember(self, last: int, rows: Sequence[Sequence[Any]]) -> None:
        for number, enqueued, fields in rows:
            self._minutes[int(number)] = _minute(int(number), enqueued, fields)
        # Those later than the last one come from a clock that was ahead, before a failover.
        for number in [n for n in self._minutes if not last - MINUTES < n <= last]:
            del self._minutes[number]


def _worker(
    now: int, name: bytes, lease: bytes, running: int, card: bytes, jobs: Sequence[bytes]
) -> WorkerOverview:
    told = WorkerCard.from_json(card)
    started_at = told.get("started_at_ms")
    return WorkerOverview(
        id=name.decode(),
        lease_expires_at=_datetime(lease),
        alive=float(lease) > now,
        running=running,
        running_records=tuple(_records(jobs)),
        host=told.get("host"),
        process_id=told.get("process_id"),
        version=told.get("version"),
        concurrency=told.get("concurrency"),
        started_at=None if started_at is None else _datetime(started_at),
    )


def _records(flat: Sequence[bytes]) -> Iterator[JobRecord]:
    for i in range(0, len(flat), 3):
        told, epoch, offset = flat[i : i + 3]
        # Which event is at the offset was not read: the cursor goes on from whichever it is.
        yield JobRecord(orjson.loads(told), Position(epoch.decode(), int(offset)))


def _minute(number: int, enqueued: int, fields: Sequence[bytes]) -> Minute:
    counts: dict[str, int] = {}
    histograms: dict[str, dict[int, int]] = {"waited": {}, "ran": {}}
    for name, value in zip(fields[::2], fields[1::2], strict=True):
        kind, _, bucket = name.decode().partition(":")
        if bucket and kind in histograms:
            histograms[kind][int(bucket)] = int(value)
        else:
            counts[kind] = int(value)
    return Minute(
        at=_datetime(number * _MINUTE_MS),
        enqueued=enqueued,
        started=counts.get("started", 0),
        succeeded=counts.get("succeeded", 0),
        failed=counts.get("failed", 0),
        cancelled=counts.get("cancelled", 0),
        retried=counts.get("retried", 0),
        lost=counts.get("lost", 0),
        waiting=counts.get("waiting"),
        waited=percentiles(histograms["waited"]),
        ran=percentiles(histograms["ran"]),
    )


def _datetime(milliseconds: float | bytes) -> datetime:
    return datetime.fromtimestamp(float(milliseconds) / 1000, UTC)
