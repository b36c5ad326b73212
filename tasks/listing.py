"""Lists of jobs, newest first, read from the index of who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.options import JobFilter, JobPage, PageMark
from tasks.queue.queue import JobQueue
from tasks.records import JobRecord

# Records read at a time, of each queue.
_BATCH = 100

# Records that one page may look at. A filter that few jobs pass gives short (even empty) pages
# with `has_next`, instead of a request that reads everything.
_LOOKED_AT = 2000


@dataclass(slots=True)
class _Cursor:
    """Where reading one queue's index has come to."""

    queue: JobQueue
    mark: PageMark | None
    entries: list[PageMark] = field(default_factory=list)
    exhausted: bool = False


async def list_jobs(
    queues: Sequence[JobQueue],
    audience: str,
    filter: JobFilter,
    *,
    first: int,
    after: PageMark | None,
) -> JobPage:
    """One page over all queues, merged by the time of enqueue, then by id.

    Jobs enqueued while a client pages come before its first page and shift nothing.
    """
    cursors = [_Cursor(queue, after) for queue in queues]
    found: list[JobRecord] = []
    end = after
    looked_at = 0
    while looked_at < _LOOKED_AT:
        marks = await _newest(cursors, audience, filter)
        if not marks:
            return JobPage(tuple(found), end if looked_at else None, has_next=False)
        records = await _records(queues, marks)
        for mark in marks:
            if len(found) == first:
                return JobPage(tuple(found), end, has_next=True)
            end = mark
            looked_at += 1
            record = records.get(mark.job_id)
            if record is not None and filter.matches(record):
                found.append(record)
    return JobPage(tuple(found), end, has_next=True)


async def _newest(cursors: list[_Cursor], audience: str, filter: JobFilter) -> list[PageMark]:
    """The next batch over all queues, in order; taken out of their cursors."""
    for cursor in cursors:
        if not cursor.entries and not cursor.exhausted:
            await _refill(cursor, audience, filter)
    taken: list[PageMark] = []
    # Stop as soon as one queue has to be read on: its next entry may come before the others'.
    while len(taken) < _BATCH:
        heads = [cursor for cursor in cursors if cursor.entries]
        if not heads:
            break
        newest = max(heads, key=lambda cursor: _order(cursor.entries[-1]))
        taken.append(newest.entries.pop())
        if not newest.entries and not newest.exhausted:
            break
    return taken


async def _refill(cursor: _Cursor, audience: str, filter: JobFilter) -> None:
    highest = "+inf"
    if cursor.mark is not None:
        highest = str(cursor.mark.enqueued_at_ms)
    elif filter.enqueued_before is not None:
        highest = str(int(filter.enqueued_before.timestamp() * 1000))
    lowest = "-inf"
    if filter.enqueued_after is not None:
        lowest = str(int(filter.enqueued_after.timestamp() * 1000))
    index = cursor.queue.keys.index(audience)
    skip = 0
    while not cursor.entries:
        ids = await cursor.queue.command(
            "ZRANGE", index, highest, lowest, "BYSCORE", "REV", "LIMIT", skip, _BATCH
        )
        scores = await cursor.queue.command("ZMSCORE", index, *ids) if ids else []
        marks = [
            PageMark(int(score), job_id.decode())
            for job_id, score in zip(ids, scores, strict=True)
            if score is not None  # removed between the two
        ]
        # The mark's own millisecond may hold jobs already given: leave those out.
        cursor.entries = [
            mark for mark in marks if cursor.mark is None or _order(mark) < _order(cursor.mark)
        ][::-1]
        cursor.exhausted = len(ids) < _BATCH
        if cursor.exhausted:
            break
        skip += _BATCH
    if cursor.entries:
        cursor.mark = cursor.entries[0]


def _order(mark: PageMark) -> tuple[int, str]:
    return mark.enqueued_at_ms, mark.job_id


async def _records(queues: Sequence[JobQueue], marks: list[PageMark]) -> dict[str, JobRecord]:
    records: dict[str, JobRecord] = {}
    for queue in queues:
        ids = [mark.job_id for mark in marks if mark.job_id.startswith(f"{queue.name}.")]
        if ids:
            for record in await queue.records(ids):
                if record is not None:
                    records[record.id] = record
    return records
