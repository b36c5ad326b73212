"""Runs all repetitions, the peers in turn, so that what disturbs the machine meets all alike."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.measures.measure import Measure, Scale, Values
from benchmarks.peers.peer import Peer
from benchmarks.report.results import Results
from benchmarks.running.processes import busy_seconds

# What strangers may use of the machine, in cores, over a repetition. With more it is tried once
# more, and the calmer one counts.
FOREIGN_CORES = 0.4
CALM_CORES = 0.25
WAIT_FOR_CALM_SECONDS = 8.0

TRIES = 3  # a run of half an hour should not be lost by one hiccup of one peer

# A slow peer takes about so many times as long as the others.
SLOW_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run."""

    measures: Sequence[Measure]
    peers: Sequence[Peer]
    repeat: int
    scale: Scale

    def turns(self) -> Iterator[tuple[Measure, Peer]]:
        """Every repetition, in order."""
        for number in range(self.repeat):
            for measure in self.measures:
                for peer in self.peers:
                    once = measure.once or peer.is_slow
                    if measure.has(peer) and not (once and number):
                        yield measure, peer

    @property
    def minutes(self) -> float:
        """About how long it takes."""
        share = 0.3 if self.scale.quick else 1.0
        return (
            sum(
                measure.seconds * share * (SLOW_FACTOR if peer.is_slow else 1)
                for measure, peer in self.turns()
            )
            / 60
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """Values, and what strangers used of the machine meanwhile, in cores."""

    values: Values
    foreign: float


def run(plan: Plan, log: Path) -> Results:
    """Run it; every reading goes to `log` as a line of JSON, and to the terminal.

    What fails is tried again, and then is among the failures.
    """
    results = Results()
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    for measure, peer in plan.turns():
        reading = _read(measure, peer, plan.scale)
        if reading is None:
            results.fail(measure.name, peer.name, f"failed {TRIES} times, see above")
            continue
        disturbed = reading.foreign > FOREIGN_CORES
        results.add(measure.name, peer.name, reading.values, disturbed=disturbed)
        shown = {key: round(value, 3) for key, value in reading.values.items()}
        line = {"measure": measure.name, "peer": peer.name, "foreign": round(reading.foreign, 2)}
        with log.open("a") as lines:
            lines.write(json.dumps({**line, **shown}) + "\n")
        print(json.dumps({**line, **shown}), flush=True)
    return results


def _read(measure: Measure, peer: Peer, scale: Scale) -> Reading | None:
    """The first reading that comes of it; the calmer of two, where the first was disturbed."""
    for _ in range(TRIES):
        if not scale.quick:
            _wait_for_calm()
        reading = _attempt(measure, peer, scale)
        if reading is None:
            continue
        if reading.foreign > FOREIGN_CORES and not scale.quick:
            again = _attempt(measure, peer, scale)
            if again is not None and again.foreign < reading.foreign:
                return again
        return reading
    return None


def _attempt(measure: Measure, peer: Peer, scale: Scale) -> Reading | None:
    gc.collect()
    gc.disable()  # a pause of the load generator's would look like one of the server's
    busy, own, started = busy_seconds(), _own_seconds(), time.monotonic()
    try:
        values = uvloop.run(measure.run(peer, scale))
    except Exception as exc:  # noqa: BLE001 - whatever it is, the other measures go on
        print(f"{measure.name} with {peer.name} failed:", file=sys.stderr)
        print("".join(traceback.format_exception(exc))[-4000:], file=sys.stderr, flush=True)
        return None
    finally:
        gc.enable()
    foreign = busy_seconds() - busy - (_own_seconds() - own)
    return Reading(values, max(0.0, foreign) / (time.monotonic() - started))


def _own_seconds() -> float:
    """CPU of this process and of all that it has started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _wait_for_calm() -> None:
    until = time.monotonic() + WAIT_FOR_CALM_SECONDS
    while time.monotonic() < until:
        before = busy_seconds()
        time.sleep(0.4)
        if (busy_seconds() - before) / 0.4 < CALM_CORES:
            return
