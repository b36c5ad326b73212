"""A Valkey that comes back with less than it had: clients are told, and all goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import rarely
from tests.faults.load import Load
from tests.faults.system import System, faulty_system

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


@pytest.mark.parametrize("first", [rarely("clients"), "workers"])
async def test_an_older_copy_of_the_data_resets_those_who_saw_more(
    tmp_path: Path, jobs: int, first: str
) -> None:
    """`first`: who comes back first. Workers give out the lost offsets a second time."""
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, steps=12, pause_ms=200) as load:
            await load.underway()
            system.valkey.copy_data(tmp_path / "copy")
            await load.underway(0.5)
            await system.valkey.kill()
            system.valkey.restore_data(tmp_path / "copy")
            if first == "workers":
                system.api_link.refuse()
            await system.valkey.start()
            if first == "workers":
                await some_are_overtaken(system, load)
                system.api_link.flow()
            await load.events_again()
            await goes_on(system)
        resets = sum(seen.resets for w in load.watchers for seen in w.seen.values())
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict(
            f"an older copy of the data comes back, {first} first",
            note=f"{resets} resets, {gone} jobs gone",
        )

    assert resets
    assert gone
    # Not those that had ended before the copy was made, nor those that came after.
    assert resets + gone <= jobs * 0.75
    assert all(seen.reasons <= {"EPOCH_CHANGED"} for w in load.watchers for seen in w.seen.values())
    verdict.check(told=jobs, reruns=True)


@pytest.mark.exhaustive
async def test_the_loss_of_all_data_ends_every_subscription(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            await system.valkey.kill()
            system.valkey.lose_data()
            await system.valkey.start()
            await goes_on(system)
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict("all data lost", note=f"{gone} jobs gone")

    assert gone
    verdict.check(told=jobs, reruns=True)


@pytest.mark.exhaustive
async def test_flushing_a_living_server_ends_every_subscription(tmp_path: Path, jobs: int) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            await system.valkey.command("FLUSHALL")
            await goes_on(system)
        gone = sum(seen.gone for w in load.watchers for seen in w.seen.values())
        verdict = await load.verdict("FLUSHALL", note=f"{gone} jobs gone")

    assert gone
    verdict.check(told=jobs, reruns=True)


async def some_are_overtaken(system: System, load: Load) -> None:
    """Wait until jobs have gone further than their watchers saw, by another way."""
    seen = {id: job for watcher in load.watchers for id, job in watcher.seen.items() if job.shown}
    overtaken = 0
    async with asyncio.timeout(30):
        while overtaken < 3:
            overtaken = 0
            for id in load.running():
                newest = max(seen[id].shown)
                history = {e.position.offset: e.position for e in await system.history(id)}
                forked = history.get(newest, seen[id].shown[newest]) != seen[id].shown[newest]
                overtaken += forked and max(history) > newest


async def goes_on(system: System) -> None:
    """New jobs are accepted and run, by the processes that there are."""
    client = system.client()
    async with asyncio.timeout(30):
        data = await client.execute("mutation { quick { ... on QuickAccepted { job { id } } } }")
        events = await client.watch(data["quick"]["job"]["id"])
    assert events[-1]["job"]["status"] == "SUCCEEDED"
