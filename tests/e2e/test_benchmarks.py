"""A round of the benchmarks, small: every message of every subscriber is counted."""

from __future__ import annotations

import pytest

from benchmarks.measures.round import play
from benchmarks.peers.jobcast_peer import JobcastPeer
from benchmarks.peers.peer import Peer, Work
from benchmarks.peers.registry import RawPeer
from benchmarks.running.crowd import open_sockets
from benchmarks.running.desk import working
from benchmarks.running.session import running

pytestmark = pytest.mark.anyio

SUBSCRIBERS = 5
STEPS = 8


@pytest.mark.parametrize("peer", [RawPeer(), JobcastPeer()], ids=lambda peer: peer.name)
@pytest.mark.parametrize("together", [True, False], ids=["one job", "a job each"])
async def test_a_round_delivers_each_step_to_all_who_watch(peer: Peer, together: bool) -> None:
    async with running(peer, pinned=False) as session:
        sockets = await open_sockets(session, ["ada"] * SUBSCRIBERS)

        played = await play(session, sockets, Work(STEPS), together=together)

    assert played.steps == SUBSCRIBERS * STEPS
    # Beside the steps, a job tells that it starts and that it has ended.
    assert played.messages == SUBSCRIBERS * (STEPS + 2)
    assert len(played.delays_ms) == STEPS * (1 if together else SUBSCRIBERS)
    assert min(played.delays_ms) > 0


async def test_a_session_ends_all_that_it_started() -> None:
    async with working(JobcastPeer(), pinned=False) as session:
        processes = [session.valkey, session.server, session.worker]

    assert all(process is not None and process.has_ended for process in processes)
