"""What a client asks for, and one job as it should stand after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

from hypothesis import strategies as st

from tasks.events import EventType
from tasks.records import FailureKind
from tasks.status import JobStatus

LATER = timedelta(hours=1)  # is due only when a rule says so
# Due so soon that a worker has to be woken (WAKE_WITHIN_MS in transition.lua).
SOON = timedelta(seconds=1.9)


@dataclass(frozen=True)
class Order:
    """What a client wants enqueued."""

    owner: str
    watchers: tuple[str, ...]
    attempts: int
    delay: timedelta | None
    key: str | None
    arguments: bytes
    waiting: int | None  # most open jobs


ORDERS = st.builds(
    Order,
    owner=st.sampled_from(["ada", "bob"]),
    watchers=st.sampled_from([(), ("bob",), ("eve", "ada")]),
    attempts=st.sampled_from([2, 1, 3]),
    delay=st.sampled_from([None, None, timedelta(0), LATER, SOON]),
    key=st.sampled_from([None, None, "k"]),
    arguments=st.sampled_from([b"{}", b'{"n":1}']),
    waiting=st.sampled_from([None, None, None, 3]),
)


class Refusal(Enum):
    """Why an order makes no job."""

    DEDUPLICATED = auto()
    CONFLICT = auto()
    TOO_MANY = auto()


@dataclass
class ModelJob:
    """One job as it should stand."""

    id: str
    owner: str
    audiences: Sequence[str]
    max_attempts: int
    status: JobStatus = JobStatus.QUEUED
    attempt: int = 0
    worker: str | None = None
    fence: str = ""
    sequence: int = 0
    progress: float | None = None
    failure: FailureKind | None = None
    result: int | None = None
    started: bool = False
    delayed: bool = False  # waits for its time
    events: list[EventType] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)  # by audience: of its newest change

    @property
    def held(self) -> bool:
        return self.status in {JobStatus.RUNNING, JobStatus.CANCELLING}
