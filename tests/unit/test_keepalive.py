"""Pings to all connections of a process, and what comes of those that do not answer."""

from __future__ import annotations

import asyncio

import pytest

from jobcast.websocket.keepalive import Keepalive

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20.0


class Client:
    """A connection whose client answers pings, or does not."""

    def __init__(self, keepalive: Keepalive, *, answers: bool) -> None:
        self._keepalive = keepalive
        self._answers = answers
        self.pings: list[bytes] = []
        self.changed = asyncio.Event()
        self.given_up = False

    def ping(self, frame: bytes) -> None:
        self.pings.append(frame)
        self.changed.set()
        if self._answers:
            asyncio.get_running_loop().call_soon(self._keepalive.answered, self, frame[2:])

    def give_up(self) -> None:
        self.given_up = True
        self.changed.set()

    async def until(self, *, pings: int = 0, given_up: bool = False) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.pings) < pings or self.given_up < given_up:
                self.changed.clear()
                await self.changed.wait()


async def test_who_answers_is_pinged_again_and_who_does_not_is_given_up() -> None:
    keepalive = Keepalive(0.05, 0.2)
    good, silent = Client(keepalive, answers=True), Client(keepalive, answers=False)
    keepalive.join(good)
    keepalive.join(silent)

    await silent.until(given_up=True)
    await good.until(pings=len(good.pings) + 2)
    keepalive.leave(good)

    assert len(silent.pings) == 1
    assert not good.given_up
    assert len(set(good.pings)) == len(good.pings) > 2


async def test_an_answer_to_another_ping_means_nothing() -> None:
    keepalive = Keepalive(0.05, 0.2)
    client = Client(keepalive, answers=False)
    keepalive.join(client)
    keepalive.answered(client, b"early")

    await client.until(pings=1)
    keepalive.answered(client, b"other")

    await client.until(given_up=True)
    assert len(client.pings) == 1


async def test_those_whose_time_comes_together_share_a_ping() -> None:
    keepalive = Keepalive(0.1, PATIENCE_SECONDS)
    clients = [Client(keepalive, answers=False) for _ in range(3)]
    for client in clients:
        keepalive.join(client)
    keepalive.leave(clients[2])

    await clients[1].until(pings=1)

    assert clients[0].pings[0] is clients[1].pings[0]
    assert clients[2].pings == []
