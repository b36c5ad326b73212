"""`Measure`: something that is measured of each peer, and the rows of the table that it fills."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.peers.peer import Peer

# By row.
Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """A number of the full run, or its small stand-in."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. Several keys, with spaces between: their values share a cell."""

    key: str
    title: str
    form: str = "{:,.0f}"


@dataclass(frozen=True, slots=True)
class Measure:
    """`run` gives the values of one repetition, with a peer that it starts and ends itself."""

    name: str
    title: str
    run: Callable[[Peer, Scale], Coroutine[Any, Any, Values]]
    rows: tuple[Row, ...]
    seconds: float  # about how long one repetition takes with a usual peer
    only: tuple[str, ...] = ()  # peers that have what is measured; none named: all
    once: bool = False  # its values hardly vary, or it takes long

    def has(self, peer: Peer) -> bool:
        """Whether this peer has what is measured."""
        return not self.only or peer.name in self.only


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many are not above; nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> float:
    """How far they go to either side of their middle, in percent of it."""
    return (max(values) - min(values)) / (max(values) + min(values)) * 100
