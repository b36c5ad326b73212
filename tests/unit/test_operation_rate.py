"""How much one viewer may ask: by count, and by the time that reading it takes."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from jobcast import operation_rate
from jobcast.operation_rate import OperationRates
from jobcast.request_errors import RequestRefused

pytestmark = pytest.mark.anyio


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def refusal(rates: OperationRates, viewer: str = "ada") -> RequestRefused | None:
    try:
        await rates.admit(viewer)
    except RequestRefused as refused:
        return refused
    return None


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that somebody was made to wait; nobody does."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("jobcast.operation_rate.asyncio.sleep", sleep)
    return waited


async def test_a_burst_is_taken_some_more_wait_and_the_rest_are_refused(
    waits: list[float],
) -> None:
    clock = Clock()
    rates = OperationRates(8, clock=clock)

    burst = [await refusal(rates) for _ in range(32)]
    waited_in_burst = list(waits)
    patient = [await refusal(rates) for _ in range(16)]
    refused = await refusal(rates)
    other = await refusal(rates, "bob")
    clock.now += 0.125

    assert burst == [None] * 32
    assert waited_in_burst == []
    assert patient == [None] * 16
    assert waits == [number * 0.125 for number in range(1, 17)]  # each after the one before
    assert refused is not None
    extensions = {"code": "TOO_MANY_REQUESTS", "retryAfter": "PT0.125S"}
    assert refused.errors[0]["extensions"] == extensions
    assert refused.retry_after == timedelta(seconds=0.125)
    assert other is None
    assert await refusal(rates) is None
    assert await refusal(rates) is not None


async def test_what_takes_long_to_read_costs_more_even_when_it_fails(waits: list[float]) -> None:
    clock = Clock()
    rates = OperationRates(8, clock=clock)

    assert await refusal(rates) is None
    with suppress(ZeroDivisionError), rates.reading_for("ada"):
        clock.now += 0.125
        raise ZeroDivisionError
    refused = await refusal(rates)

    # 126 tokens, of which 32 were there and one came meanwhile; one more is needed, and the last
    # 16 of them may be waited for.
    assert refused is not None
    assert refused.retry_after == timedelta(seconds=(94 - 16) / 8)


async def test_no_more_viewers_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation_rate, "MOST_VIEWERS", 2)
    rates = OperationRates(0.25, clock=Clock())  # one at a time

    for viewer in ("ada", "bob", "ada", "carol"):
        await refusal(rates, viewer)

    assert await refusal(rates, "ada") is not None
    assert await refusal(rates, "bob") is None  # who had not been there for the longest
