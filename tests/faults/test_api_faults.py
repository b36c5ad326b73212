"""API processes that die or are replaced while clients watch."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.conftest import FULL
from tests.faults.feed_watcher import FeedWatcher
from tests.faults.load import Load
from tests.faults.system import faulty_system
from tests.support.graphql import GraphQLClient

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

# A client comes back after 0.05 s; the rest is the machine's.
COMES_BACK_SECONDS = 2.0
KILLS = 3 if FULL else 1
GOING_AWAY = {1001, 1012}


async def test_clients_of_a_killed_api_process_go_on_with_another(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, apis=2) as system:
        async with Load(system, jobs, seconds=jobs / 40, pause_ms=300) as load:
            await load.underway()
            for _ in range(KILLS):
                killed = time.time()
                await system.kill_api(system.apis[0])
                await load.events_again(since=killed)
                await system.start_api()
        assert sum(watcher.cuts for watcher in load.watchers), "nobody was cut off"
        verdict = await load.verdict(f"SIGKILL of one of two API processes, {KILLS} times")

    verdict.check(within=COMES_BACK_SECONDS)


async def test_a_rolling_restart_of_the_api_is_not_noticed(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path, apis=2) as system:
        # Whom the proxy leads to a process that stops is chance: one stays at each of them.
        stayers = [FeedWatcher(GraphQLClient(api.port, "ada")) for api in system.apis]
        async with (
            Load(system, jobs, seconds=jobs / 10, pause_ms=400) as load,
            asyncio.TaskGroup() as staying,
        ):
            for stayer in stayers:
                staying.create_task(stayer.follow())
                await stayer.following.wait()
            await load.underway()
            for old in list(system.apis):
                await system.start_api()
                asked = time.time()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(system.stop_api(old))
                    tasks.create_task(load.events_again(since=asked))
        codes: Counter[int] = sum((w.close_codes for w in load.watchers), Counter())
        verdict = await load.verdict(
            "rolling restart of two API processes", note=f"{sum(codes.values())} sockets closed"
        )

    assert all(stayer.close_code in GOING_AWAY for stayer in stayers)
    assert set(codes) <= GOING_AWAY, codes
    verdict.check(within=COMES_BACK_SECONDS)
