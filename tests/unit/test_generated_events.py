"""Events as subscribers get them: one type a kind, and each task's own where it brings values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from broadcaster.events import ResetReason
from schema.cursor import decode_cursor
from tasks.events import EventType
from tasks.records import FailureKind, JobRecord
from tasks.status import JobStatus
from tests.support.typed_jobs import JOB_ID, ask, event_of, record_of, stub_schema, types_of

pytestmark = pytest.mark.anyio


@dataclass
class Point:
    x: int


async def draw(corners: int) -> Point:
    return Point(corners)


async def walk() -> AsyncIterator[Point]:
    yield Point(1)


def running(name: str, **changes: Any) -> JobRecord:
    """A job's record: of one that runs, unless told otherwise."""
    return record_of(name, **({"status": JobStatus.RUNNING, "finished_at": None} | changes))


RUNNING = running("draw")


@pytest.mark.parametrize(
    ("kind", "typename"),
    [
        (EventType.ENQUEUED, "JobEnqueued"),
        (EventType.SCHEDULED, "JobScheduled"),
        (EventType.STARTED, "JobStarted"),
        (EventType.CANCELLING, "JobCancelling"),
        (EventType.CANCELLED, "JobCancelled"),
        (EventType.RETRY_SCHEDULED, "JobRetryScheduled"),
        (EventType.FAILED, "JobFailed"),
        (EventType.PROGRESSED, "JobProgressed"),
        (EventType.SUCCEEDED, "DrawSucceeded"),
    ],
)
async def test_each_kind_of_event_has_its_type_with_cursor_and_job(
    kind: EventType, typename: str
) -> None:
    types = types_of(draw, walk)

    answer = await ask(
        types,
        "__typename offset at cursor job { __typename id }",
        event=types.to_event(event_of(kind, RUNNING)),
    )

    cursor = decode_cursor(answer.pop("cursor"))
    assert (cursor.job_id, cursor.position) == (JOB_ID, RUNNING.position)
    assert answer == {
        "__typename": typename,
        "offset": 7,
        "at": "2026-01-31T09:30:00Z",
        "job": {"__typename": "DrawJob", "id": JOB_ID},
    }


async def test_progress_says_how_far_and_for_how_many_it_stands() -> None:
    types = types_of(draw)
    record = running("draw", progress={"fraction": 0.25, "message": "inking"})

    answer = await ask(
        types,
        "... on JobProgressed { merged progress { fraction message } }",
        event=types.to_event(event_of(EventType.PROGRESSED, record, merged=4)),
    )

    assert answer == {"merged": 4, "progress": {"fraction": 0.25, "message": "inking"}}


async def test_log_line_has_level_and_text() -> None:
    types = types_of(draw)
    line = {"level": "warning", "message": "out of ink"}

    answer = await ask(
        types,
        "... on JobLogged { level message }",
        event=types.to_event(event_of(EventType.LOGGED, RUNNING, line)),
    )

    assert answer == {"level": "WARNING", "message": "out of ink"}


async def test_output_is_typed_by_its_task() -> None:
    types = types_of(draw, walk)
    event = event_of(EventType.OUTPUT, running("walk"), {"x": 3})

    answer = await ask(
        types,
        """__typename ... on JobOutput { offset }
        ... on WalkOutput { output { x } job { __typename } }""",
        event=types.to_event(event),
    )

    assert answer == {
        "__typename": "WalkOutput",
        "offset": 7,
        "output": {"x": 3},
        "job": {"__typename": "WalkJob"},
    }


async def test_success_is_typed_by_its_task() -> None:
    types = types_of(draw)
    event = event_of(EventType.SUCCEEDED, record_of("draw", result={"x": 4}))

    answer = await ask(
        types,
        """... on JobSucceeded { offset }
        ... on DrawSucceeded { result { x } job { result { x } } }""",
        event=types.to_event(event),
    )

    assert answer == {"offset": 7, "result": {"x": 4}, "job": {"result": {"x": 4}}}


async def test_generic_client_asks_for_all_tasks_in_one_fragment() -> None:
    sdl = stub_schema(types_of(draw, walk)).as_str()

    assert "interface JobSucceeded implements JobEvent {" in sdl
    assert "type DrawSucceeded implements JobSucceeded & JobEvent {" in sdl
    assert "type WalkSucceeded implements JobSucceeded & JobEvent {" in sdl
    assert "type WalkOutput implements JobOutput & JobEvent {" in sdl
    assert "DrawOutput" not in sdl


async def test_failed_event_says_why() -> None:
    types = types_of(draw)
    failure = {"kind": FailureKind.TIMED_OUT, "type": "TimedOut", "message": "Too slow."}
    record = running("draw", status=JobStatus.FAILED, failure=failure)

    answer = await ask(
        types,
        "... on JobFailed { failure { __typename message } }",
        event=types.to_event(event_of(EventType.FAILED, record)),
    )

    assert answer["failure"] == {"__typename": "TimedOut", "message": "Too slow."}


async def test_snapshot_and_reset_tell_the_job_as_it_stands() -> None:
    types = types_of(draw)
    event = event_of(EventType.SUCCEEDED, record_of("draw", result={"x": 4}))
    selection = "__typename job { status ... on DrawJob { result { x } } }"
    job = {"status": "SUCCEEDED", "result": {"x": 4}}

    snapshot = await ask(types, selection, event=types.to_snapshot(event))
    reset = await ask(
        types,
        selection + " ... on JobReset { reason }",
        event=types.to_reset(ResetReason.HISTORY_TRIMMED, event),
    )

    assert snapshot == {"__typename": "JobSnapshot", "job": job}
    assert reset == {"__typename": "JobReset", "job": job, "reason": "HISTORY_TRIMMED"}


@pytest.mark.parametrize(
    ("kind", "typename"),
    [
        (EventType.OUTPUT, "UnregisteredOutput"),
        (EventType.SUCCEEDED, "UnregisteredSucceeded"),
        (EventType.STARTED, "JobStarted"),
    ],
)
async def test_event_of_a_task_that_is_gone_is_still_told(kind: EventType, typename: str) -> None:
    types = types_of(draw)
    data: Any = {"x": 1}
    event = event_of(kind, record_of("long_gone", result={"x": 4}), data)

    answer = await ask(types, "__typename job { __typename }", event=types.to_event(event))

    assert answer == {"__typename": typename, "job": {"__typename": "UnregisteredJob"}}


async def test_output_of_a_task_that_yields_no_more_is_still_told() -> None:
    types = types_of(draw)
    event = types.to_event(event_of(EventType.OUTPUT, RUNNING, {"x": 1}))

    answer = await ask(types, "__typename", event=event)

    assert answer == {"__typename": "UnregisteredOutput"}
