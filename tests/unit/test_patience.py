"""`Patience`: bounds waits as `asyncio.timeout` does, with one timer for all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from broadcaster.patience import Patience

pytestmark = pytest.mark.anyio

SOON = timedelta(milliseconds=20)
NEVER = timedelta(hours=1)


async def for_ever(patience: Patience) -> None:
    with patience.limit():
        await asyncio.Event().wait()


async def test_a_wait_ends_when_its_time_is_over() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    with pytest.raises(TimeoutError):
        await for_ever(Patience(SOON))

    assert loop.time() - began >= SOON.total_seconds() * 0.9  # loops count in milliseconds


async def test_each_of_many_waits_has_its_own_time() -> None:
    patience, loop = Patience(timedelta(milliseconds=200)), asyncio.get_running_loop()
    lasted: list[float] = []

    async def wait(delay: float) -> None:
        await asyncio.sleep(delay)
        began = loop.time()
        with pytest.raises(TimeoutError):
            await for_ever(patience)
        lasted.append(loop.time() - began)

    async with asyncio.TaskGroup() as tasks:
        for number in range(10):
            tasks.create_task(wait(number * 0.02))

    assert len(lasted) == 10
    assert min(lasted) >= 0.19


async def test_what_ends_in_time_ends_as_it_would_without() -> None:
    patience = Patience(NEVER)

    with patience.limit():
        await asyncio.sleep(0)
    with pytest.raises(KeyError), patience.limit():
        raise KeyError
    with pytest.raises(TimeoutError, match="of its own"), patience.limit():
        raise TimeoutError("of its own")


async def test_a_task_that_others_cancel_is_cancelled() -> None:
    task = asyncio.ensure_future(for_ever(Patience(NEVER)))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_others_cancel_when_its_time_is_over_is_cancelled() -> None:
    patience, cleaning = Patience(SOON), asyncio.Event()

    async def wait() -> None:
        with patience.limit():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cleaning.set()
                await asyncio.Event().wait()

    task = asyncio.ensure_future(wait())
    await cleaning.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_outer_of_two_ends_the_inner_one_and_what_follows_it() -> None:
    inner, outer, after = Patience(NEVER), Patience(SOON), asyncio.Event()

    async def both() -> None:
        with outer.limit():
            await for_ever(inner)
            after.set()

    with pytest.raises(TimeoutError):
        await both()

    assert not after.is_set()
    await asyncio.sleep(0)  # no cancellation is left


async def test_the_inner_of_two_leaves_the_outer_one_its_time() -> None:
    inner, outer, after = Patience(SOON), Patience(NEVER), False

    with outer.limit():
        with pytest.raises(TimeoutError):
            await for_ever(inner)
        await asyncio.sleep(0)
        after = True

    assert after


def test_every_event_loop_has_its_own_waits() -> None:
    patience = Patience(SOON)

    for _ in range(2):  # the first loop is gone before its timer rang
        with pytest.raises(TimeoutError):
            asyncio.run(for_ever(patience))
        asyncio.run(_in_time(patience))


async def _in_time(patience: Patience) -> None:
    with patience.limit():
        pass
