"""`Tally`: counts what subscribers get: every step of a job, once, in order, and its end."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Sequence

from benchmarks.peers.peer import Peer
from benchmarks.wire.websocket import WebSocket

# Without anything new for this long, what is missing will not come.
SILENCE_SECONDS = 10.0


class Miscounted(Exception):
    """Events were missing, doubled or out of order; the message says how many."""


class Tally:
    """Listens on the sockets; each is to get `steps` steps and one end."""

    def __init__(self, peer: Peer, sockets: Sequence[WebSocket], steps: int) -> None:
        self.messages = 0  # events of every kind, from the last `begin` on
        self.steps = 0
        self.ends = 0
        self.out_of_order = 0
        self._peer = peer
        self._sockets = sockets
        self._wanted = steps
        self._search_step = peer.step.search
        self._search_end = peer.end.search
        self._all_ended = asyncio.Event()
        for socket in sockets:
            socket.arrivals = array("q")
            socket.on_text = self.receive

    def begin(self) -> None:
        """Count messages from now on; what came with the subscribing is left out."""
        self.messages = 0

    def receive(self, socket: WebSocket, payload: bytes) -> None:
        """Take a message."""
        if step := self._search_step(payload):
            arrivals = socket.arrivals
            arrivals.append(time.monotonic_ns())
            if int(step[1]) != len(arrivals):
                self.out_of_order += 1
            self.steps += 1
            self.messages += 1
        elif self._search_end(payload):
            self.ends += 1
            self.messages += 1
            if self.ends == len(self._sockets):
                self._all_ended.set()
        elif self._peer.take(socket, payload):
            self.messages += 1

    async def complete(self) -> None:
        """Wait until everyone has everything.

        Raises:
            Miscounted: Something is missing, doubled or out of order.
        """
        seen = -1
        while not self._all_ended.is_set() and seen != self.messages:
            seen = self.messages
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
                f"{self.out_of_order} out of order; {len(closed)} connections closed {closed[:1]}"
            )

    @property
    def seconds(self) -> float:
        """From the first step's arrival to the last one's."""
        first = min(socket.arrivals[0] for socket in self._sockets)
        return (max(socket.arrivals[-1] for socket in self._sockets) - first) / 1e9
