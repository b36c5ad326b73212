"""`StatusWindow`: the status of each of an audience's newest jobs, and how many are in each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.deadline import answer_in_time
from tasks.queue.queue import JobQueue
from tasks.status import JobStatus

# The newest jobs that are counted: 1.5 MB of memory for an audience that has so many.
WINDOW = 10_000
# Jobs read at once: others wait 1 ms for Valkey.
PAGE = 500

_STATUSES = tuple(JobStatus)
_PLACE = {status: place for place, status in enumerate(_STATUSES)}


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many jobs are in one status."""

    status: JobStatus
    count: int


@dataclass(frozen=True, order=True, slots=True)
class Seen:
    """One job's status at some moment."""

    enqueued_at_ms: int
    job_id: str
    status: JobStatus


class StatusWindow:
    """Counts up to WINDOW jobs; a new one takes the place of the oldest."""

    def __init__(self, newest: Iterable[Seen] = ()) -> None:
        """`newest` are the audience's newest jobs, up to WINDOW, in the order of their enqueue."""
        self._places: dict[str, int] = {}  # job id → place of its status
        self._order: deque[tuple[int, str]] = deque()  # when it was enqueued, and its id
        self._counts = [0] * len(_STATUSES)
        for seen in newest:
            self.note(seen)

    def note(self, seen: Seen) -> bool:
        """Take a job's newest status; whether a count changed."""
        place, known = _PLACE[seen.status], self._places.get(seen.job_id)
        age = (seen.enqueued_at_ms, seen.job_id)
        if known == place:
            return False
        if known is not None:
            self._counts[known] -= 1
        elif len(self._order) == WINDOW and age < self._order[0]:
            return False  # older than all that are counted
        else:
            self._order.append(age)
        self._places[seen.job_id] = place
        self._counts[place] += 1
        if len(self._order) > WINDOW:
            self._counts[self._places.pop(self._order.popleft()[1])] -= 1
        return True

    def counts(self) -> list[StatusCount]:
        """How many are in each status, zeros included."""
        return [
            StatusCount(status, count)
            for status, count in zip(_STATUSES, self._counts, strict=True)
        ]


@dataclass(slots=True)
class _Queue:
    queue: JobQueue
    skip: int = 0
    reached: float = float("inf")  # when the oldest job that was read was enqueued (ms)

    async def read(self, audience: str) -> list[Seen]:
        with answer_in_time():
            flat = await self.queue.call("statuses", audience, self.skip, PAGE)
        self.skip += PAGE
        rows = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
        self.reached = float(rows[-1][1]) if len(rows) == PAGE else float("-inf")
        return [
            Seen(int(float(score)), job_id.decode(), JobStatus(status.decode()))
            for job_id, score, status in rows
            if status  # else it was removed in this moment
        ]


async def newest_statuses(queues: Sequence[JobQueue], audience: str) -> list[Seen]:
    """The audience's newest jobs over all queues, up to WINDOW, in the order of their enqueue.

    Raises:
        QueueUnavailable: Valkey did not answer.
    """
    found: dict[str, Seen] = {}
    reading = [_Queue(queue) for queue in queues]
    while reading:
        # Where reading has come the least far back: only what is newer than that is complete.
        behind = max(reading, key=lambda one: one.reached)
        if behind.reached == float("-inf"):
            break
        if len(found) >= WINDOW:
            complete = sum(seen.enqueued_at_ms > behind.reached for seen in found.values())
            if complete >= WINDOW:
                break
        for seen in await behind.read(audience):
            found[seen.job_id] = seen
    return sorted(found.values())[-WINDOW:]
