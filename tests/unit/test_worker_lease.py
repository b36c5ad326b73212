"""The thread that keeps a worker's lease."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import cast

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tasks.keys import QueueKeys
from tasks.worker.lease import Lease, LeaseKeeper

pytestmark = pytest.mark.anyio

LENGTH = timedelta(milliseconds=60)


class FakeValkey:
    """Stands in for the renewal: answers, refuses or breaks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        self.renewals = 0
        self.threads: set[int] = set()
        monkeypatch.setattr("tasks.worker.lease.renew_from_thread", self._renew)

    def _renew(self, *_: object) -> None:
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        self.renewals += 1


class Worker:
    """What becomes of its lease."""

    def __init__(self) -> None:
        self.lapsed = asyncio.Event()
        self.regained = asyncio.Event()
        self.is_overdue = False

    def lease(self) -> Lease:
        return Lease(
            QueueKeys("default"),
            "worker",
            overdue=lambda _: self.is_overdue,
            on_lapsed=self.lapsed.set,
            on_regained=self.regained.set,
        )


def keeper(worker: Worker) -> LeaseKeeper:
    return LeaseKeeper(cast("Redis", None), [worker.lease()], LENGTH)


async def test_it_renews_from_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    valkey = FakeValkey(monkeypatch)

    async with keeper(Worker()), asyncio.timeout(5):
        while valkey.renewals < 3:
            await asyncio.sleep(0.001)

    assert threading.get_ident() not in valkey.threads


async def test_the_loop_learns_when_the_lease_lapsed_and_when_it_holds_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    valkey, worker = FakeValkey(monkeypatch), Worker()

    async with keeper(worker), asyncio.timeout(5):
        while not valkey.renewals:
            await asyncio.sleep(0.001)
        assert not worker.lapsed.is_set()

        valkey.error = RedisConnectionError("Valkey is away.")
        await worker.lapsed.wait()
        assert not worker.regained.is_set()

        valkey.error = None
        await worker.regained.wait()


async def test_what_the_thread_dies_of_is_raised_where_it_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    valkey = FakeValkey(monkeypatch)
    valkey.error = ZeroDivisionError()

    async with keeper(Worker()) as running, asyncio.timeout(5):
        with pytest.raises(ZeroDivisionError):
            await running.watch()
