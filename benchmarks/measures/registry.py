"""All measures, in the order of the table."""

from __future__ import annotations

from benchmarks.measures import (
    closed_loop,
    enqueueing,
    fan_out,
    growing_audience,
    latency,
    lone_worker,
    many_jobs,
    memory,
    start,
    stored_jobs,
)
from benchmarks.measures.measure import Measure

ALL: tuple[Measure, ...] = (
    fan_out.MEASURE,
    many_jobs.MEASURE,
    enqueueing.MEASURE,
    closed_loop.MEASURE,
    latency.MEASURE,
    lone_worker.MEASURE,
    memory.MEASURE,
    growing_audience.MEASURE,
    stored_jobs.MEASURE,
    start.MEASURE,
)
