"""Histograms of latencies: exact to 9 %, and the same whoever counted what."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tasks.latency import (
    LARGEST_BUCKET,
    SMALLEST_SECONDS,
    bucket_of,
    percentiles,
)


@pytest.mark.parametrize("seconds", [0.0001, 0.0042, 0.3, 1, 59.9, 3600, 7 * 86_400])
def test_a_latency_is_told_within_nine_percent(seconds: float) -> None:
    told = percentiles({bucket_of(seconds): 3})

    assert told is not None
    assert told.p50 == told.p99 == pytest.approx(seconds, rel=0.0906)


def test_percentiles_are_those_of_all_who_counted() -> None:
    chance = Random(1)
    latencies = [chance.lognormvariate(-3, 1.5) for _ in range(20_000)]
    workers = [Counter(map(bucket_of, latencies[i::3])) for i in range(3)]

    told = percentiles(sum(workers, Counter[int]()))

    exact = sorted(latencies)
    assert told is not None
    assert told.p50 == pytest.approx(exact[10_000], rel=0.1)
    assert told.p95 == pytest.approx(exact[19_000], rel=0.1)
    assert told.p99 == pytest.approx(exact[19_800], rel=0.1)


def test_what_is_beyond_the_scale_is_counted_at_its_ends() -> None:
    assert bucket_of(-1) == bucket_of(0) == bucket_of(SMALLEST_SECONDS / 2) == 0
    assert bucket_of(1e12) == LARGEST_BUCKET
    assert percentiles({}) is None
