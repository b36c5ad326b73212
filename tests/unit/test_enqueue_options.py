"""Options and filters: read as the queue takes them, or refused with every reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schema.inputs import JobFilter
from schema.options import read_filter, read_options
from tasks import options
from tasks.arguments import Problem
from tasks.status import JobStatus

NOW = datetime.now(UTC)


def problems(raw: dict[str, Any]) -> list[tuple[str, str]]:
    found = read_options(raw)
    assert isinstance(found, list)
    assert all(isinstance(problem, Problem) for problem in found)
    return [(".".join(problem.path), problem.message) for problem in found]


@pytest.mark.parametrize("raw", [None, {}, {"tags": None, "delay": None, "runAt": None}])
def test_no_options_are_the_plain_ones(raw: dict[str, Any] | None) -> None:
    assert read_options(raw) == options.EnqueueOptions()


def test_options_are_read_by_their_graphql_names_and_doubles_dropped() -> None:
    raw = {
        "idempotencyKey": "order-7",
        "delay": timedelta(minutes=5),
        "tags": ["new", "night", "new"],
        "watchers": ["bob", "bob"],
    }

    assert read_options(raw) == options.EnqueueOptions(
        idempotency_key="order-7",
        delay=timedelta(minutes=5),
        tags=("new", "night"),
        watchers=("bob",),
    )


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        ({"idempotencyKey": ""}, "options.idempotencyKey", "Must not be empty."),
        ({"idempotencyKey": "k" * 256}, "options.idempotencyKey", "at most 255 characters"),
        ({"idempotencyKey": "a\x00"}, "options.idempotencyKey", "NUL"),
        ({"tags": ["fine", "\ud800"]}, "options.tags.1", "surrogate"),
        ({"tags": ["t" * 65]}, "options.tags.0", "at most 64 characters"),
        ({"tags": [f"{n}" for n in range(21)]}, "options.tags", "at most 20"),
        ({"watchers": [f"{n}" for n in range(51)]}, "options.watchers", "at most 50"),
        ({"watchers": [""]}, "options.watchers.0", "Must not be empty."),
        ({"delay": timedelta(seconds=-1)}, "options.delay", "Must not be negative."),
        ({"delay": timedelta(days=367)}, "options.delay", "366 days"),
        ({"runAt": NOW + timedelta(days=367)}, "options.runAt", "366 days"),
        ({"delay": timedelta(), "runAt": NOW}, "options", "not both"),
    ],
)
def test_option_out_of_bounds_is_a_problem_at_its_place(
    raw: dict[str, Any], path: str, message: str
) -> None:
    ((where, what),) = problems(raw)

    assert where == path
    assert message in what


def test_all_problems_are_told_at_once() -> None:
    raw = {"idempotencyKey": "", "tags": ["", "\x00"], "delay": timedelta(seconds=-1)}

    assert [where for where, _ in problems(raw)] == [
        "options.idempotencyKey",
        "options.tags.0",
        "options.tags.1",
        "options.delay",
    ]


def test_filter_is_read_as_sets() -> None:
    given = JobFilter(statuses=[JobStatus.QUEUED], tasks=["add", "add"], enqueued_after=NOW)

    assert read_filter(given) == options.JobFilter(
        statuses=frozenset({JobStatus.QUEUED}), tasks=frozenset({"add"}), enqueued_after=NOW
    )
    assert read_filter(None) == options.JobFilter()
