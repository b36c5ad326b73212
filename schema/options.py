"""Reads what clients ask for beside a task's own parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from schema.inputs import JobFilter
from tasks import options
from tasks.arguments import Problem
from tasks.shapes.checking import text_problem
from tasks.status import JobStatus

# Bounds on what each job's record carries to each of its viewers, in each event.
LONGEST_KEY = 255  # characters
LONGEST_TAG = 64  # characters
MOST_TAGS = 20
LONGEST_VIEWER = 255  # characters; OpenID Connect Core bounds `sub` so
MOST_WATCHERS = 50

# Scheduled jobs take memory until they run.
LONGEST_WAIT = timedelta(days=366)

_NONE = options.EnqueueOptions()


def read_options(raw: Mapping[str, Any] | None) -> options.EnqueueOptions | list[Problem]:
    """The input field `options` as the queue takes it, or what is wrong with it."""
    if raw is None:
        return _NONE
    problems = list(_problems(raw))
    if problems:
        return problems
    return options.EnqueueOptions(
        idempotency_key=raw.get("idempotencyKey"),
        delay=raw.get("delay"),
        run_at=raw.get("runAt"),
        tags=tuple(dict.fromkeys(raw.get("tags") or ())),
        watchers=tuple(dict.fromkeys(raw.get("watchers") or ())),
    )


def read_filter(filter: JobFilter | None) -> options.JobFilter:
    """The filter as the queue takes it."""
    if filter is None:
        return options.JobFilter()
    return options.JobFilter(
        statuses=_set(filter.statuses, JobStatus),
        tasks=_set(filter.tasks, str),
        tags=_set(filter.tags, str),
        owners=_set(filter.owners, str),
        text=filter.text.casefold() if filter.text else None,
        enqueued_after=filter.enqueued_after,
        enqueued_before=filter.enqueued_before,
    )


def _problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if (key := raw.get("idempotencyKey")) is not None:
        yield from _text(key, LONGEST_KEY, "idempotencyKey")
    yield from _texts(raw, "tags", MOST_TAGS, LONGEST_TAG)
    yield from _texts(raw, "watchers", MOST_WATCHERS, LONGEST_VIEWER)
    delay, run_at = raw.get("delay"), raw.get("runAt")
    if delay is not None and run_at is not None:
        yield Problem(("options",), "Give delay or runAt, not both.")
    elif delay is not None and delay < timedelta():
        yield Problem(("options", "delay"), "Must not be negative.")
    elif delay is not None and delay > LONGEST_WAIT:
        yield Problem(("options", "delay"), f"Must not exceed {LONGEST_WAIT.days} days.")
    elif run_at is not None and run_at > datetime.now(UTC) + LONGEST_WAIT:
        yield Problem(("options", "runAt"), f"Must not exceed {LONGEST_WAIT.days} days from now.")


def _texts(raw: Mapping[str, Any], name: str, most: int, longest: int) -> Iterator[Problem]:
    texts = raw.get(name) or ()
    if len(texts) > most:
        yield Problem(("options", name), f"Give at most {most}.")
        return
    for index, text in enumerate(texts):
        yield from _text(text, longest, name, str(index))


def _text(text: str, longest: int, *path: str) -> Iterator[Problem]:
    if not text:
        yield Problem(("options", *path), "Must not be empty.")
    elif len(text) > longest:
        yield Problem(("options", *path), f"Must have at most {longest} characters.")
    elif problem := text_problem(text):
        yield Problem(("options", *path), problem)


def _set(values: list[Any] | None, of: type) -> frozenset[Any] | None:
    return None if values is None else frozenset(of(value) for value in values)
