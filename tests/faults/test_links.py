"""Links that are cut, stall, are slow, or end on one side: each of the three, under load."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.system import LEASE, System, faulty_system
from tests.support.fault_proxy import FaultProxy, Which, commands, every, pubsub

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

# A connection that went silent is given up after 6 s (PING 2 s, silence 4 s), then made anew.
SILENCE_SECONDS = 6.0
SLOW_SECONDS = 0.1  # each way: a client on the other side of the earth

LINKS = [
    pytest.param("clients", every, id="client to API"),
    pytest.param("api_link", commands, id="API to Valkey, commands"),
    pytest.param("api_link", pubsub, id="API to Valkey, pubsub"),
    pytest.param("worker_link", every, id="worker to Valkey"),
]
on_each_link = pytest.mark.parametrize(("name", "which"), LINKS)
some_always = pytest.mark.parametrize(
    ("name", "which"),
    [
        LINKS[0],
        pytest.param(*LINKS[1].values, id=LINKS[1].id, marks=pytest.mark.exhaustive),
        LINKS[2],
        pytest.param(*LINKS[3].values, id=LINKS[3].id, marks=pytest.mark.exhaustive),
    ],
)
on_valkeys_links = pytest.mark.parametrize(("name", "which"), LINKS[1:])


@some_always
async def test_a_link_cut_again_and_again_loses_nothing(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    cuts = 0
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway(0.1)
            for _ in range(6):
                cuts += link(system, name).cut(which)
                await load.events_again()
        verdict = await load.verdict(f"{label(request)}: cut six times")

    assert cuts >= 3  # one that is just being made anew cannot be cut
    verdict.check(within=3.0)


@pytest.mark.exhaustive
@on_each_link
async def test_a_link_that_stalls_for_seconds_loses_nothing(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=200) as load:
            await load.underway()
            link(system, name).stall(which)
            await asyncio.sleep(LEASE.total_seconds() * 0.4)  # shorter than the lease
            link(system, name).flow()
            await load.events_again()
        verdict = await load.verdict(f"{label(request)}: stalled for less than the lease")
        attempts = {attempt for _, attempt in system.tally}

    assert attempts == {1}, "jobs of a living worker were taken over"
    verdict.check(within=2.0)


@pytest.mark.exhaustive
@on_valkeys_links  # whether a client gives up a silent connection is the client's choice
async def test_a_connection_that_never_speaks_again_is_given_up(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=300, steps=10) as load:
            await load.underway()
            assert link(system, name).strand(which)
            await load.events_again()
        verdict = await load.verdict(f"{label(request)}: half-open for good")

    verdict.check(within=SILENCE_SECONDS + 4 + LEASE.total_seconds())


@pytest.mark.exhaustive
@on_each_link
async def test_a_link_that_ends_on_one_side_loses_nothing(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs) as load:
            await load.underway()
            assert link(system, name).half_close(which)
            await load.events_again()
        verdict = await load.verdict(f"{label(request)}: half closed")

    verdict.check(within=SILENCE_SECONDS + 4)


@pytest.mark.exhaustive
@on_each_link
async def test_a_slow_link_loses_nothing(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    async with faulty_system(tmp_path) as system:
        link(system, name).slow_down(which, delay=SLOW_SECONDS)
        async with Load(system, jobs) as load:
            pass
        verdict = await load.verdict(f"{label(request)}: 100 ms slower each way")
        assert link(system, name).slowed > jobs // 10  # calls of one moment share a chunk

    verdict.check()


@pytest.mark.exhaustive
@on_each_link
async def test_a_link_that_passes_a_few_bytes_at_a_time_loses_nothing(
    tmp_path: Path, jobs: int, name: str, which: Which, request: pytest.FixtureRequest
) -> None:
    async with faulty_system(tmp_path) as system:
        link(system, name).slow_down(which, piece_bytes=3)
        async with Load(system, jobs // 4) as load:
            pass
        verdict = await load.verdict(f"{label(request)}: three bytes at a time")
        assert link(system, name).slowed > jobs // 40

    verdict.check()


async def test_a_worker_cut_off_for_longer_than_its_lease_is_replaced(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path, workers=1) as system:
        await system.start_worker(link=system.api_link)  # by another way
        async with Load(system, jobs, pause_ms=300, steps=8) as load:
            await load.underway()
            cut_off = time.time()
            system.worker_link.stall()
            held = await system.held_by(system.workers[0])
            await load.attempts_again(held, since=cut_off)
            system.worker_link.flow()
        verdict = await load.verdict("worker to Valkey: stalled for longer than the lease")
        assert all(worker.returncode is None for worker in system.workers)

    assert held
    verdict.check(within=2 * LEASE.total_seconds())


async def test_requests_are_answered_in_time_while_commands_stall(
    tmp_path: Path, jobs: int
) -> None:
    async with faulty_system(tmp_path) as system:
        async with Load(system, jobs, pause_ms=300) as load:
            await load.underway()
            system.api_link.stall(commands)
            asked = time.monotonic()
            answer = await system.client().request(
                "mutation { quick { __typename } again: quick { __typename } }"
            )
            took = time.monotonic() - asked
            accepted = next(iter(load.accepted.values()))
            query = await system.client().request(f'{{ job(id: "{accepted}") {{ id }} }}')
            system.api_link.flow()
            await load.events_again()
        verdict = await load.verdict("API to Valkey, commands: stalled while clients ask")

    assert answer["data"]["quick"]["__typename"] == "ServiceUnavailable"
    assert answer["data"]["again"]["__typename"] == "ServiceUnavailable"
    assert took < 2.0
    assert query["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    verdict.check(within=2.0)


def link(system: System, name: str) -> FaultProxy:
    found: FaultProxy = getattr(system, name)
    return found


def label(request: pytest.FixtureRequest) -> str:
    """The link, in words."""
    text: str = request.node.callspec.id
    return text
