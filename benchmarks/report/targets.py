"""What Jobcast has to reach, against its peers of the same run, or as it grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# The median of a measure's row with a peer; None when it was not measured.
Lookup = Callable[[str, str, str], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """Without a peer: a value that Jobcast's own is not to exceed.

    With one: how many times as good Jobcast has to be. Of what is `lower` better, that is the
    peer's value by ours.
    """

    measure: str
    row: str
    bound: float
    peer: str = ""
    lower: bool = False
    moonshot: bool = False  # wished for

    def verdict(self, value: Lookup, titles: dict[str, str]) -> str | None:
        """How it came out, in words; None when something was not measured."""
        ours = value(self.measure, self.row, "jobcast")
        if ours is None:
            return None
        wish = "wish: " if self.moonshot else ""
        if not self.peer:
            return f"{wish}≤ {self.bound:g} {_mark(ours <= self.bound)}"
        theirs = value(self.measure, self.row, self.peer)
        if not theirs or not ours:
            return None
        ratio = theirs / ours if self.lower else ours / theirs
        mark = _mark(ratio >= self.bound)
        return f"{wish}{ratio:.2f} × {titles[self.peer]}, of {self.bound:g} {mark}"


def _mark(met: bool) -> str:
    return "✓" if met else "✗"


_GRAPHQL = ("yoga", "mercurius", "strawberry")

ALL: tuple[Target, ...] = (
    Target("fan-out", "burst_rate", 4, "mercurius"),
    Target("fan-out", "burst_rate", 1, "socketio"),
    Target("fan-out", "burst_us", 0.8, "raw", lower=True, moonshot=True),
    *(
        target
        for row in ("burst_us", "paced_us")
        for target in (
            Target("many-jobs", row, 13),
            Target("many-jobs", row, 2.5, "mercurius", lower=True),
        )
    ),
    Target("enqueue", "rate", 1, "socketio"),
    Target("enqueue", "rate", 1, "mercurius", moonshot=True),
    Target("closed-loop", "rate", 1.5, "mercurius"),
    *(
        Target("latency", f"{load}_{share}", 1, "mercurius", lower=True)
        for load in ("idle", "loaded")
        for share in ("p50", "p99")
    ),
    *(
        Target("worker", f"rate_{concurrency}", bound, peer)
        for concurrency in (10, 100)
        for peer, bound in (("yoga", 0.6), ("strawberry", 3.5))
    ),
    *(
        Target("memory", row, 1, peer, lower=True)
        for row in ("kib", "deflate_kib")
        for peer in _GRAPHQL
    ),
    Target("audience", "spread", 20),
    Target("stored-jobs", "spread", 20),
)
