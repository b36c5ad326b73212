"""`Meter`: the CPU that each process uses over a time."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.running.processes import Process


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds over `wall` seconds."""

    wall: float
    server: float
    worker: float
    valkey: float
    load: float  # this process: the load generator

    @property
    def load_cores(self) -> float:
        """How busy the load generator was; at 1, it may be what limits."""
        return self.load / self.wall


class Meter:
    """Counts from its making on."""

    def __init__(
        self, server: Process | None, worker: Process | None, valkey: Process | None
    ) -> None:
        self._processes = (server, worker, valkey)
        self._from = self._read()

    def stop(self) -> Usage:
        """What was used until now."""
        return Usage(*(now - before for now, before in zip(self._read(), self._from, strict=True)))

    def _read(self) -> list[float]:
        cpu = (process.cpu_seconds() if process else 0.0 for process in self._processes)
        return [time.monotonic(), *cpu, time.process_time()]
