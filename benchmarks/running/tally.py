"""`Tally`: counts what subscribers get: every step of a job, once, in order, and its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from benchmarks.peers.peer import Peer
from benchmarks.wire.websocket import WebSocket

# Without anything new for this long, what is missing will not come.
SILENCE_SECONDS = 10.0

# Bytes. No event is as short as the other messages of either dialect: pings, `complete`.
SHORTEST_EVENT = 45


class Miscounted(Exception):
    """Events were missing, doubled or out of order; the message says how many."""


class Tally:
    """Listens on the sockets; each is to get `steps` steps and one end.

    A million messages pass here, and time spent on them is time that the server waits: they are
    kept with the moment of their arrival, and looked at only when someone asks.
    """

    def __init__(self, peer: Peer, sockets: Sequence[WebSocket], steps: int) -> None:
        self.ends = 0
        self._peer = peer
        self._sockets = sockets
        self._wanted = steps
        self._kept: list[list[tuple[int, bytes]]] = [[] for _ in sockets]
        self._numbers: list[list[int]] = [[] for _ in sockets]  # of the steps that came
        self._others = 0  # events that are neither a step nor an end
        self._begun = 0
        self._all_ended = asyncio.Event()
        for socket, kept in zip(sockets, self._kept, strict=True):
            socket.arrivals = []
            socket.listen(self._listener(socket, kept))

    @property
    def steps(self) -> int:
        """Steps that came to anyone."""
        self._look()
        return sum(map(len, self._numbers))

    @property
    def messages(self) -> int:
        """Events of every kind, from the last `begin` on."""
        return self.steps + self._others + self.ends - self._begun

    @property
    def out_of_order(self) -> int:
        """Subscribers to whom steps did not come as 1, 2, 3 …"""
        self._look()
        return sum(numbers != list(range(1, len(numbers) + 1)) for numbers in self._numbers)

    def begin(self) -> None:
        """Count messages from now on; what came with the subscribing is left out."""
        self._begun += self.messages

    async def complete(self) -> None:
        """Wait until everyone has everything.

        Raises:
            Miscounted: Something is missing, doubled or out of order.
        """
        seen = -1
        while not self._all_ended.is_set() and seen != self._received():
            seen = self._received()
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._all_ended.wait()
            except TimeoutError:
                continue
        self.check()

    def check(self) -> None:
        """Raises `Miscounted` unless everyone has got everything, once and in order."""
        want = self._wanted * len(self._sockets)
        if (self.steps, self.ends, self.out_of_order) != (want, len(self._sockets), 0):
            closed = [s.close_reason or "cut" for s in self._sockets if s.closed]
            raise Miscounted(
                f"{self.steps} of {want} steps, {self.ends} of {len(self._sockets)} ends, "
                f"{self.out_of_order} subscribers had steps out of order; "
                f"{len(closed)} connections were closed {closed[:1]}"
            )

    @property
    def seconds(self) -> float:
        """From the first step's arrival to the last one's."""
        first = min(socket.arrivals[0] for socket in self._sockets)
        return (max(socket.arrivals[-1] for socket in self._sockets) - first) / 1e9

    def _listener(
        self, socket: WebSocket, kept: list[tuple[int, bytes]]
    ) -> Callable[[bytes], None]:
        end, now, keep = self._peer.end, time.monotonic_ns, kept.append

        def receive(payload: bytes) -> None:
            if end in payload:
                self._take_end()
            elif len(payload) >= SHORTEST_EVENT:
                keep((now(), payload))
            else:
                self._peer.answer(socket, payload)

        return receive

    def _take_end(self) -> None:
        self.ends += 1
        if self.ends == len(self._sockets):
            self._all_ended.set()

    def _received(self) -> int:
        return sum(map(len, self._kept)) + self.ends

    def _look(self) -> None:
        search = self._peer.step.search
        for socket, kept, numbers in zip(self._sockets, self._kept, self._numbers, strict=True):
            for moment, payload in kept:
                if step := search(payload):
                    socket.arrivals.append(moment)
                    numbers.append(int(step[1]))
                else:
                    self._others += 1
            kept.clear()
