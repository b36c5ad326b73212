"""How an attempt can end."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.records import Failure
from tasks.worker.attempt import Stop


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The task returned; `result` is its value as JSON."""

    result: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The task raised, took too long, or returned what it should not."""

    failure: Failure
    retryable: bool  # another attempt may follow, if one is left


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The task ended because it was told to, for a reason other than its timeout."""

    reason: Stop


Outcome = Succeeded | Failed | Interrupted
