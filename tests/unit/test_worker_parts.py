"""Parts of the worker that need no Valkey."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks.definition import RetryPolicy
from tasks.queue.claim import Claimed
from tasks.worker.attempt import Attempt, Stop
from tasks.worker.settlement import backoff
from tasks.worker.values import clip

pytestmark = pytest.mark.anyio


def claim() -> Claimed:
    return Claimed("default.1", "a", 1, 3, 1000, 0, "ada", "work", b"{}")


def test_the_wait_before_an_attempt_is_random_up_to_a_ceiling_that_doubles() -> None:
    policy = RetryPolicy(10, base=timedelta(seconds=1), cap=timedelta(seconds=5))

    waits = {attempt: [backoff(policy, attempt) for _ in range(500)] for attempt in (1, 2, 3, 9)}

    for attempt, ceiling in {1: 1, 2: 2, 3: 4, 9: 5}.items():
        assert all(timedelta() <= wait <= timedelta(seconds=ceiling) for wait in waits[attempt])
        assert max(waits[attempt]) > timedelta(seconds=ceiling * 0.8)
        assert min(waits[attempt]) < timedelta(seconds=ceiling * 0.2)


def test_the_wait_of_a_late_attempt_with_a_long_base_is_still_a_duration() -> None:
    policy = RetryPolicy(1000, base=timedelta(days=1), cap=timedelta(days=3))

    assert backoff(policy, 1000) <= timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "size", "clipped"),
    [
        ("short", 8, "short"),
        ("exactly8", 8, "exactly8"),
        ("longer than eight", 8, "longer t"),
        ("ééééé", 5, "éé"),
        ("\ud800 lone", 20, "? lone"),
    ],
)
def test_text_is_cut_at_a_size_in_bytes_and_stays_text(text: str, size: int, clipped: str) -> None:
    assert clip(text, size) == clipped


async def test_each_reason_to_stop_reaches_the_body_once_and_the_first_decides() -> None:
    attempt = Attempt(claim())
    heard: list[Stop] = []
    attempt.begin(heard.append)

    for reason in (Stop.CANCELLED, Stop.CANCELLED, Stop.TIMED_OUT, Stop.CANCELLED):
        attempt.stop(reason)

    assert heard == [Stop.CANCELLED, Stop.TIMED_OUT]
    assert attempt.reason is Stop.CANCELLED


async def test_being_superseded_outweighs_every_other_reason() -> None:
    attempt = Attempt(claim())
    attempt.stop(Stop.CANCELLED)
    attempt.stop(Stop.SUPERSEDED)

    assert attempt.reason is Stop.SUPERSEDED


async def test_a_stop_after_the_end_changes_nothing() -> None:
    attempt = Attempt(claim())
    attempt.begin(lambda _: pytest.fail("the body has ended"))
    attempt.end()

    attempt.stop(Stop.CANCELLED)

    assert attempt.reason is None
