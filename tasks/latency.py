"""Latencies counted in buckets of a fixed logarithmic scale, so that histograms can be added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2

# Each bucket is 19 % wider than the one before, so a percentile is exact to 9 %.
PER_OCTAVE = 4
# The first one begins where a job's wait begins to be noise.
SMALLEST_SECONDS = 2**-14  # 61 µs
LARGEST_BUCKET = 143  # 41 days: longer than any attempt runs


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of a histogram, in seconds: half of all took at most `p50`."""

    p50: float
    p95: float
    p99: float


def bucket_of(seconds: float) -> int:
    """The bucket that a latency is counted in; the first and the last have all beyond."""
    if seconds <= SMALLEST_SECONDS:
        return 0
    return min(int(log2(seconds / SMALLEST_SECONDS) * PER_OCTAVE), LARGEST_BUCKET)


def percentiles(histogram: Mapping[int, int]) -> Percentiles | None:
    """What a histogram (counts by bucket) tells; None: nothing was counted."""
    total = sum(histogram.values())
    if total <= 0:
        return None
    p50, p95, p99 = (_at(histogram, share * total) for share in (0.5, 0.95, 0.99))
    return Percentiles(p50, p95, p99)


def _at(histogram: Mapping[int, int], rank: float) -> float:
    """Seconds in the middle (geometric) of the bucket in which the count reaches `rank`."""
    reached, last = 0, 0
    for last in sorted(histogram):
        reached += histogram[last]
        if reached >= rank:
            break
    return round(SMALLEST_SECONDS * 2 ** ((last + 0.5) / PER_OCTAVE), 6)
