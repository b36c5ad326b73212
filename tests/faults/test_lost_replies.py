"""Replies that are lost after what they answer was done: nothing is done twice, or stranded."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from broadcaster.lua import source
from broadcaster.scripts import compose
from tests.faults.conftest import rarely
from tests.faults.load import Load
from tests.faults.system import System, end, faulty_system
from tests.faults.test_worker_faults import CANCEL, sha
from tests.support.fault_proxy import FaultProxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

TIMES = 5


async def lose(link: FaultProxy, request: bytes, times: int) -> None:
    for _ in range(times):
        async with asyncio.timeout(30):
            await link.lose_reply_to(request).wait()


@pytest.mark.parametrize(
    "name", ["pop", *map(rarely, ("finish", "emit", "renew", "sweep", "held"))]
)
async def test_a_reply_to_a_worker_may_be_lost(tmp_path: Path, jobs: int, name: str) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway(0.1)
            if name == "sweep":  # one that has something to take over
                await system.kill_worker(system.workers[0])
                await system.start_worker()
            await lose(system.worker_link, sha(name), TIMES)
        if name == "pop":
            assert "claims whose reply was lost" in system.log.read_text()
        verdict = await load.verdict(f"a worker's {name} is done and its reply lost, {TIMES} times")

    verdict.check()


@pytest.mark.parametrize("name", ["enqueue", rarely("cancel"), rarely("read")])
async def test_a_reply_to_the_api_may_be_lost(tmp_path: Path, jobs: int, name: str) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=100) as load, asyncio.TaskGroup() as tasks:
            await load.underway(0.1)
            if name == "cancel":
                tasks.create_task(cancel_some(system, load))
            await lose(system.api_link, digest(name), TIMES)
        verdict = await load.verdict(f"the API's {name} is done and its reply lost, {TIMES} times")

    verdict.check()


async def test_an_answer_to_a_client_may_be_lost(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await lose(system.clients, b"idempotencyKey", 3 * TIMES)
        verdict = await load.verdict(f"an answered mutation's answer is lost, {3 * TIMES} times")

    assert system.clients.accepted > jobs  # each repetition is a connection
    verdict.check()


@pytest.mark.exhaustive
async def test_the_reply_to_a_retry_may_be_lost(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        client = system.client()
        async with Load(system, jobs) as load, asyncio.TaskGroup() as tasks:
            await load.underway(0.1)
            tasks.create_task(lose(system.worker_link, sha("retry"), TIMES))
            unlucky = [await client.enqueue("unlucky", "") for _ in range(3 * TIMES)]
        for id in unlucky:
            events = await client.watch(id)
            assert events[-1]["job"]["status"] == "SUCCEEDED"
            assert events[-1]["job"]["attempt"] == 3
        verdict = await load.verdict(f"a worker's retry is done and its reply lost, {TIMES} times")
        runs = Counter(system.tally)

    assert all(runs[id, attempt] == 1 for id in unlucky for attempt in (1, 2, 3))
    verdict.check()


@pytest.mark.exhaustive
async def test_a_reply_to_a_draining_worker_may_be_lost(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path, drain_timeout="100ms") as system:
        async with Load(system, jobs, pause_ms=200) as load:
            await load.underway()
            lost = system.worker_link.lose_reply_to(sha("release"))
            drained = system.workers.pop(0)
            drained.terminate()
            async with asyncio.timeout(30):
                await lost.wait()
            await end(drained)
        verdict = await load.verdict("a job is given back and the reply lost")

    verdict.check()


async def cancel_some(system: System, load: Load) -> None:
    cancelled: set[str] = set()
    while len(cancelled) < 3 * TIMES:
        for id in set(load.running()) - cancelled:
            cancelled.add(id)
            await system.client().execute(CANCEL, id=id)
        await asyncio.sleep(0.01)


def digest(name: str) -> bytes:
    """The script's on the wire, of whichever layer."""
    return compose(name, source(name)).sha.encode() if name == "read" else sha(name)
