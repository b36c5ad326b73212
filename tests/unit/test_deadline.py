"""How long a request waits for a Valkey that does not answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from broadcaster.patience import Patience
from tasks import deadline
from tasks.deadline import answer_in_time, one_request
from tasks.errors import QueueUnavailable

pytestmark = pytest.mark.anyio


async def test_a_request_of_many_calls_waits_in_vain_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "REQUEST_TIMEOUT", Patience(timedelta(milliseconds=50)))
    waited = 0

    async def call() -> None:
        nonlocal waited
        with answer_in_time():
            waited += 1
            await asyncio.Event().wait()

    with one_request():
        for _ in range(30):
            with pytest.raises(QueueUnavailable):
                await call()
    with one_request(), pytest.raises(QueueUnavailable):
        await call()  # another request tries again

    assert waited == 2
