"""Enqueueing: how many mutations a second one server takes, with a real Valkey behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from benchmarks.measures.measure import Measure, Row, Scale, Values
from benchmarks.peers.peer import Peer, Work
from benchmarks.running.crowd import Refused, Requests, new_tag
from benchmarks.running.session import Session, running
from benchmarks.wire.http import HttpConnection

CONNECTIONS = 64
WARM_SECONDS = 2.0


class Stream:
    """Keep-alive connections that each send the next request when the last was answered."""

    def __init__(self, session: Session) -> None:
        self.answered = 0
        self._peer = session.peer
        self._requests = Requests(session, "ada", Work())
        self._refusal = ""
        self._connections: list[HttpConnection] = []

    async def start(self, port: int) -> None:
        """Open all, and begin."""
        for _ in range(CONNECTIONS):
            connection = await HttpConnection.open(port)
            connection.on_answer = self._answer_to(connection)
            self._connections.append(connection)
        for connection in self._connections:
            connection.send(self._requests(new_tag()))

    def stop(self) -> None:
        """Close all.

        Raises:
            Refused: An answer was not what it should be.
        """
        for connection in self._connections:
            connection.close()
        if self._refusal:
            raise Refused(self._refusal)

    def _answer_to(self, connection: HttpConnection) -> Callable[[int, bytes], None]:
        def answer(status: int, body: bytes) -> None:
            if not self._peer.accepted(status, body):
                self._refusal = f"A mutation was answered with {status}: {body[:300]!r}"
                return
            self.answered += 1
            connection.send(self._requests(new_tag()))

        return answer


async def run(peer: Peer, scale: Scale) -> Values:
    """No worker runs: what is enqueued stays."""
    async with running(peer, pinned=True, worker=False) as session:
        stream, empty = Stream(session), session.used_bytes()
        await stream.start(session.port)
        await asyncio.sleep(WARM_SECONDS if not scale.quick else 0.5)
        before, meter = stream.answered, session.meter()
        await asyncio.sleep(scale.of(4, 1))
        usage, answered = meter.stop(), stream.answered - before
        stream.stop()
        stored = (session.used_bytes() - empty) / stream.answered
    return {
        "rate": answered / usage.wall,
        "server_us": usage.server / answered * 1e6,
        "valkey_us": usage.valkey / answered * 1e6,
        **({"bytes": stored} if peer.has_worker else {}),
        "load": usage.load_cores,
    }


MEASURE = Measure(
    "enqueue",
    "Mutations that enqueue, on 64 keep-alive connections",
    run,
    (
        Row("rate", "mutations/s"),
        Row("server_us", "server CPU µs each"),
        Row("valkey_us", "Valkey CPU µs each"),
        Row("bytes", "Valkey bytes per waiting job"),
        Row("load", "the load generator's own CPU, in cores", "{:.2f}"),
    ),
    seconds=9,
)
