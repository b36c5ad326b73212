"""Tasks that give back what they were given: for input that is made to break something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from tasks import JobContext, task


@task
async def say(job: JobContext, text: str) -> str:
    """Give a text back, as progress, log line and result."""
    await job.progress(0.5, text)
    await job.log("info", text)
    return text


@task(max_attempts=1)
async def shout(text: str) -> str:
    """Fail with the text: it is in the log of the worker, and nowhere else."""
    raise RuntimeError(text)


@dataclass
class Values:
    """Of every kind."""

    whole: int | None = None
    number: float | None = None
    exact: Decimal | None = None
    moment: datetime | None = None
    day: date | None = None
    clock: time | None = None
    length: timedelta | None = None
    id: UUID | None = None
    texts: list[str] | None = None


@task
async def give_back(values: Values) -> Values:
    """Give values back."""
    return values
