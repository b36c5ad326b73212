"""What became of every accepted job: counted from what Valkey keeps and from what clients saw."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from uuid import uuid4

from tasks.events import EventType, JobEvent
from tests.faults.system import System
from tests.faults.watcher import TERMINAL, Seen, Watcher

_ENDS = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELLED}


@dataclass
class Verdict:
    """One fault's row of the table.

    Attributes:
        fault: What was done.
        accepted: Jobs that the API accepted.
        terminal: Those that ended.
        lost: Those that did not, and of which nobody was told; and those that a watcher, or the
            feed, did not show to end.
        doubled: Terminal events, deliveries, or jobs of one idempotency key beyond the first.
        gaps: Offsets missing in a history, or never seen by a client.
        phantoms: Events that a client was shown, and that are not those of the history; without
            a reset it would believe them for ever.
        void: Clients to whom a job's end was shown in a history that was lost after that.
        told: Clients' subscriptions that got a reset, or were told that the job is gone.
        recovery: Seconds until what was interrupted went on, once for each.
        rerun: Attempts that ran more than once without having been given back.
    """

    fault: str
    accepted: int
    terminal: int = 0
    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    phantoms: int = 0
    void: int = 0
    told: int = 0
    recovery: list[float] = field(default_factory=list)
    rerun: int = 0
    note: str = ""
    test: str = ""

    def check(self, *, told: int = 0, within: float | None = None, reruns: bool = False) -> None:
        """Fail unless nothing was lost, doubled or left out; and write the table's row.

        Args:
            told: How many resets and farewells there may be, at most.
            within: How many seconds each recovery may take, at most; three times as much where
                other tests run on the same cores.
            reruns: Whether the same attempt may run again, and an end be void: where what was
                written is lost.
        """
        self.test = os.environ.get("PYTEST_CURRENT_TEST", "").removesuffix(" (call)")
        print(self.row())
        if folder := os.environ.get("FAULTS_REPORT"):
            path = Path(folder) / f"{uuid4()}.json"
            path.write_text(json.dumps(asdict(self)))
        assert self.accepted
        assert (self.lost, self.doubled, self.gaps, self.phantoms) == (0, 0, 0, 0), self
        assert reruns or not (self.rerun or self.void), self
        assert self.told <= told, self
        if within is not None:
            assert self.recovery, "nothing was interrupted"
            alone = "PYTEST_XDIST_WORKER" not in os.environ
            assert max(self.recovery) <= (within if alone else 3 * within), self.recovery

    def row(self) -> str:
        """As a line of a Markdown table."""
        recovery = "–"
        if self.recovery:
            recovery = f"{median(self.recovery):.2f} / {max(self.recovery):.2f}"
        cells = (
            self.fault + (f" ({self.note})" if self.note else ""),
            *(
                self.accepted,
                self.terminal,
                self.lost,
                self.doubled,
                self.gaps + self.phantoms,
                self.told,
            ),
            recovery,
        )
        return "| " + " | ".join(map(str, cells)) + " |"


async def audit(
    system: System,
    fault: str,
    *,
    ids: set[str],
    watchers: Iterable[Watcher],
    lost: int,
    doubled: int,
    recovery: Sequence[float],
    note: str = "",
) -> Verdict:
    """Read every job's history, and compare it with what its watchers saw."""
    verdict = Verdict(
        fault, len(ids), lost=lost, doubled=doubled, recovery=list(recovery), note=note
    )
    seen = [(id, job) for watcher in watchers for id, job in watcher.seen.items()]
    told_gone = {id for id, job in seen if job.gone}
    seen_to_end = {id for id, job in seen if job.ended and job.status in TERMINAL}
    released: Counter[tuple[str, int]] = Counter()
    for id in ids:
        history = await system.history(id)
        if history:
            for job in (job for watched, job in seen if watched == id and job.shown):
                _compare(verdict, job, history)
            _count_history(verdict, history)
        else:  # lost with the data: after its end, or somebody was told
            verdict.terminal += id in seen_to_end
            verdict.lost += id not in seen_to_end and id not in told_gone
        _count_given_back(released, id, history)
    assert {id for id, _ in seen} == ids, "not every job was watched"
    for _, job in seen:
        _count_seen(verdict, job)
    for execution, times in Counter(system.tally).items():
        if execution[0] in ids:
            verdict.rerun += max(0, times - 1 - released[execution])
    return verdict


def _count_history(verdict: Verdict, history: list[JobEvent]) -> None:
    offsets = [event.position.offset for event in history]
    # A job's first events are trimmed only when there are more than these jobs have.
    verdict.gaps += offsets[-1] - len(offsets) + (offsets != sorted(set(offsets)))
    ends = [event for event in history if event.type in _ENDS]
    verdict.doubled += max(0, len(ends) - 1)
    if ends and ends[-1] is history[-1]:
        verdict.terminal += 1
    else:
        verdict.lost += 1


def _compare(verdict: Verdict, job: Seen, history: list[JobEvent]) -> None:
    """Compare what a client holds for true with what happened."""
    kept = {event.position.offset: event.position for event in history}
    newest = max(job.shown)
    if kept.get(newest) != job.shown[newest]:
        verdict.void += 1
        return
    for offset, position in job.shown.items():
        verdict.phantoms += offset >= min(kept) and kept[offset] != position


def _count_given_back(released: Counter[tuple[str, int]], id: str, history: list[JobEvent]) -> None:
    """A job given back runs again under the same attempt number."""
    for event in history[1:]:
        if event.type is EventType.ENQUEUED:
            released[id, event.attempt + 1] += 1


def _count_seen(verdict: Verdict, job: Seen) -> None:
    verdict.gaps += job.gaps
    verdict.doubled += job.doubled + max(0, job.ends - 1)
    verdict.told += job.resets + job.gone
    verdict.lost += not job.gone and not job.ended
