"""Some hundred jobs, enqueued and watched while something breaks, and what became of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from types import TracebackType

import httpx

from tasks.events import EventType
from tasks.keys import viewer_audience
from tests.faults.feed_watcher import FeedWatcher
from tests.faults.system import System
from tests.faults.verdict import Verdict, audit
from tests.faults.watcher import Watcher

ENQUEUERS = 8
JOBS_PER_SOCKET = 25
BATCH = 4  # jobs that a client who is there from the beginning watches
LEAVE_AFTER = 7  # events, after which a client leaves and comes back
SETTLE_SECONDS = 90.0
FEED_SECONDS = 5.0  # after the last watcher of a job saw its end

_STEP = """mutation($key: String!, $to: Int!, $pause: Int!) {
  step(input: {to: $to, pauseMs: $pause, options: {idempotencyKey: $key}}) {
    __typename
    ... on StepAccepted { job { id } }
    ... on Problem { message }
  }
}"""


class Load:
    """Enqueues jobs at an even rate, each watched by someone: an async context manager.

    A third is watched from the beginning; a third late, once all is enqueued; a third by clients
    who keep leaving and coming back. Leaving the block waits until each job has ended.
    """

    def __init__(
        self, system: System, jobs: int, *, seconds: float = 4.0, steps: int = 6, pause_ms: int = 50
    ) -> None:
        """`seconds`: over which the jobs are enqueued; each takes `steps` × `pause_ms`."""
        self.system = system
        self.jobs = jobs
        self.accepted: dict[str, str] = {}  # job by idempotency key
        self.refused = 0  # typed refusals, each tried again
        self.watchers: list[Watcher] = []
        self.feed = FeedWatcher(system.client())
        self.feed_missed: set[str] = set()  # jobs whose end the feed did not show
        self.recovery: list[float] = []  # seconds
        self._seconds = seconds
        self._arguments = {"to": steps, "pause": pause_ms}
        self._doubled_keys = 0
        self._watching: list[asyncio.Task[None]] = []
        self._all_in = asyncio.Event()
        self._chance = random.Random(0)
        self._tasks = asyncio.TaskGroup()
        self._began = 0.0

    async def __aenter__(self) -> Load:
        await self._tasks.__aenter__()
        self._feed = self._tasks.create_task(self.feed.follow())
        await self.system.is_followed(viewer_audience("ada"))
        self._began = time.monotonic()
        self._tasks.create_task(self._enqueue_all())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is not None:
            await self._tasks.__aexit__(exc_type, exc, traceback)
            return
        async with asyncio.timeout(SETTLE_SECONDS):
            await self._all_in.wait()
            for watching in list(self._watching):
                await watching
        kept = {id for id in self.accepted.values() if await self.system.history(id)}
        self.feed_missed = await self.feed.never_shown_to_end(kept, within=FEED_SECONDS)
        self._feed.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def underway(self, share: float = 0.25) -> None:
        """Return once this share of the jobs is accepted, and some run."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while len(self.accepted) < self.jobs * share or not self.running():
                await asyncio.sleep(0.01)

    def running(self) -> list[str]:
        """Jobs that were running when last heard of."""
        return [
            id
            for watcher in self.watchers
            for id, seen in watcher.seen.items()
            if seen.status == "RUNNING" and not seen.ended
        ]

    async def events_again(self, since: float | None = None) -> None:
        """Wait until each job that runs is heard of again, and note how long that took.

        `since`: when the fault ended, by time.time(); now, unless given.
        """
        start = since or time.time()
        waiting = set(self.running())
        async with asyncio.timeout(SETTLE_SECONDS):
            for watcher in self.watchers:
                for id in waiting & watcher.seen.keys():
                    seen = watcher.seen[id]
                    while not (seen.times and seen.times[-1] > start) and not seen.ended:
                        await asyncio.sleep(0.005)
                    later = [moment for moment in seen.times if moment > start]
                    if later:
                        self.recovery.append(later[0] - start)

    async def attempts_again(self, ids: Iterable[str], *, since: float) -> None:
        """Wait until these jobs run again, or have ended, and note how long that took.

        `since`: when what ran them died, by time.time().
        """
        async with asyncio.timeout(SETTLE_SECONDS):
            for id in ids:
                while (again := await self._started_again(id, since)) is None:
                    await asyncio.sleep(0.02)
                if again:
                    self.recovery.append(again - since)

    async def _started_again(self, id: str, since: float) -> float | None:
        """When the job's next attempt began; 0 when it ended without one, None when neither."""
        events = await self.system.history(id)
        for event in events:
            if event.type is EventType.STARTED and event.at.timestamp() > since:
                return event.at.timestamp()
        return 0.0 if events and events[-1].job.status.terminal else None

    async def verdict(self, fault: str, *, note: str = "") -> Verdict:
        """What became of every job, from Valkey's side and from the clients'."""
        return await audit(
            self.system,
            fault,
            ids=set(self.accepted.values()),
            watchers=self.watchers,
            lost=len(self.feed_missed),
            doubled=self._doubled_keys,
            recovery=self.recovery,
            note=note,
        )

    async def _enqueue_all(self) -> None:
        keys = iter(range(self.jobs))
        early: list[str] = []
        leaving: list[str] = []
        late: list[str] = []
        async with asyncio.TaskGroup() as tasks:
            for _ in range(ENQUEUERS):
                tasks.create_task(self._enqueue_some(keys, (early, leaving, late)))
        self._watch(early)
        self._watch(leaving, leave_after=LEAVE_AFTER)
        for start in range(0, len(late), JOBS_PER_SOCKET):
            self._watch(late[start : start + JOBS_PER_SOCKET])
        self._all_in.set()

    async def _enqueue_some(self, keys: Iterator[int], kinds: tuple[list[str], ...]) -> None:
        early, leaving, _ = kinds
        for number in keys:
            ahead = self._began + self._seconds * number / self.jobs - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)  # an even rate
            kinds[number % 3].append(await self.enqueue(f"{id(self)} {number}"))
            if len(early) >= BATCH:
                self._watch(early)
            if len(leaving) >= BATCH:
                self._watch(leaving, leave_after=LEAVE_AFTER)

    def _watch(self, ids: list[str], *, leave_after: int = 0) -> None:
        """Watch these jobs, of which the list is emptied."""
        if ids:
            watcher = Watcher(self.system.client(), leave_after=leave_after)
            self.watchers.append(watcher)
            self._watching.append(self._tasks.create_task(watcher.watch(ids[:])))
            ids.clear()

    async def enqueue(self, key: str) -> str:
        """Enqueue a job, again and again with the same key until it is accepted; its id."""
        client = self.system.client()
        while True:
            try:
                body = await client.request(_STEP, key=key, **self._arguments)
            except (httpx.TransportError, ValueError):  # cut off, perhaps in mid-answer
                await asyncio.sleep(0.05)
                continue
            answer = (body.get("data") or {}).get("step") or {}
            if "job" not in answer:
                assert answer.get("__typename") == "ServiceUnavailable", body
                assert answer["message"], body
                self.refused += 1
                await asyncio.sleep(0.1)
                continue
            id: str = answer["job"]["id"]
            if self.accepted.setdefault(key, id) != id:
                self._doubled_keys += 1
            return id
