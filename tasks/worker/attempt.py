"""`Attempt`: one execution of a claim in this process, and the ways to end it early."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum

from tasks.queue.claim import Claimed


class Stop(StrEnum):
    """Why an attempt is told to end before its task returns."""

    CANCELLED = "CANCELLED"  # someone asked to cancel the job
    TIMED_OUT = "TIMED_OUT"
    DRAINED = "DRAINED"  # this worker shuts down; another one runs the job again
    SUPERSEDED = "SUPERSEDED"  # another claim has the job; whatever this one writes is refused


class Attempt:
    """One execution of a claim.

    A stop reaches the task's body as a cancellation (a flag, for a thread). The body may take
    its time to end, and may even succeed; only then is the outcome known.
    """

    __slots__ = (
        "_interrupt",
        "_over",
        "_stops",
        "claim",
        "deadline",
        "detached",
        "ended",
        "predecessor",
        "reason",
    )

    def __init__(self, claim: Claimed, predecessor: Attempt | None = None) -> None:
        self.claim = claim
        self.predecessor = predecessor  # an older attempt at the job that still runs here
        self.reason: Stop | None = None  # why it was told to end
        self.deadline = time.monotonic() + claim.timeout_ms / 1000
        self.ended = asyncio.Event()  # its outcome is stored, or not worth storing
        self.detached = False  # the body is a thread: it goes on when its awaiter is cancelled
        self._stops: list[Stop] = []
        self._interrupt: Callable[[Stop], object] | None = None
        self._over = False

    def begin(self, interrupt: Callable[[Stop], object], *, detached: bool = False) -> None:
        """The body starts; from now on a stop calls `interrupt`."""
        self._interrupt = interrupt
        self.detached = detached

    def end(self) -> None:
        """The body has ended; from now on a stop changes nothing."""
        self._interrupt = None
        self._over = True

    def stop(self, reason: Stop) -> None:
        """Tell the body to end, once for each reason, so that it can clean up in peace.

        The first reason decides the outcome, unless the attempt is superseded.
        """
        if self._over or reason in self._stops:
            return
        self._stops.append(reason)
        if self.reason is None or reason is Stop.SUPERSEDED:
            self.reason = reason
        if self._interrupt is not None:
            self._interrupt(reason)
