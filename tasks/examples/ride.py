"""`track_ride`: live positions, as partial output of a job that several people watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from tasks import JobContext, task
from tasks.durations import in_words
from tasks.examples.geography.journey import Journey
from tasks.examples.geography.route import Coordinate, Route

LONGEST_RIDE = timedelta(hours=2)  # of real time: what the task's timeout leaves room for

KMH = 1 / 3.6  # m/s


@dataclass(frozen=True, slots=True)
class Position:
    """Where the vehicle is."""

    latitude: Annotated[float, Field(description="Degrees north of the equator.")]
    longitude: Annotated[float, Field(description="Degrees east of Greenwich.")]
    heading_degrees: Annotated[
        float, Field(description="Which way it faces, clockwise from north; 90 is east.")
    ]
    speed_kmh: Annotated[float, Field(description="How fast it is, in km/h.")]
    distance_remaining_m: Annotated[float, Field(description="Metres to the destination.")]
    eta: Annotated[timedelta, Field(description="Time to the destination, in the ride's time.")]
    at: Annotated[datetime, Field(description="When it was there.")]


@dataclass(eq=False)
class RideTooLong(Exception):
    """The ride would take too long to track; raise `timeScale` or shorten the route.

    Attributes:
        duration: How long it would take.
        longest: How long a ride may take.
    """

    duration: timedelta
    longest: timedelta

    def __str__(self) -> str:
        takes = in_words(timedelta(seconds=round(self.duration.total_seconds())))
        return f"The ride would take {takes}; at most {in_words(self.longest)} are tracked."


@task(queue="rides", timeout=LONGEST_RIDE + timedelta(minutes=5), raises=(RideTooLong,))
async def track_ride(  # noqa: D417
    job: JobContext,
    route: Annotated[list[Coordinate], Field(min_length=2, max_length=500)],
    cruising_speed_kmh: Annotated[float, Field(ge=5, le=200)] = 50.0,
    updates_per_second: Annotated[float, Field(ge=0.1, le=10)] = 2.0,
    time_scale: Annotated[float, Field(ge=1, le=1000)] = 10.0,
) -> AsyncIterator[Position]:
    """Follow a ride along a route: where it is, how fast, and when it arrives.

    Name the rider and the driver as `watchers` of the job: both see every position live.

    Args:
        route: The places that the ride leads through, from pickup to drop-off.
        cruising_speed_kmh: How fast the vehicle goes once it has sped up, in km/h.
        updates_per_second: How many positions are given each second.
        time_scale: How many seconds of the ride pass in one: 10 shows an hour in 6 minutes.
    """
    line = Route(route)
    journey = Journey(line.length, cruising_speed_kmh * KMH)
    takes = timedelta(seconds=journey.duration / time_scale)
    if takes > LONGEST_RIDE:
        raise RideTooLong(takes, LONGEST_RIDE)
    await job.log("info", f"{line.length / 1000:.1f} km, {_minutes(journey.duration)}")

    loop = asyncio.get_running_loop()
    start, tick = loop.time(), 0
    while True:
        # The position of this very moment, so that a slow delivery makes no one lag behind.
        elapsed = (loop.time() - start) * time_scale
        position = _position(line, journey, elapsed)
        yield position
        # What remains is rounded, and may come out a little longer than the whole line.
        done = 1 - min(1.0, position.distance_remaining_m / line.length) if line.length else 1.0
        left = _minutes(position.eta.total_seconds())
        if elapsed >= journey.duration:
            await job.progress(1, "Arrived")
            return
        await job.progress(done, f"{position.distance_remaining_m / 1000:.1f} km, {left} to go")
        # Counted from the start, so that delays do not add up; ticks that have passed are left out.
        tick = max(tick + 1, int((loop.time() - start) * updates_per_second))
        ends_at = start + journey.duration / time_scale
        await asyncio.sleep(min(start + tick / updates_per_second, ends_at) - loop.time())


def _position(line: Route, journey: Journey, elapsed: float) -> Position:
    travelled = journey.travelled(elapsed)
    point = line.at(travelled)
    return Position(
        latitude=round(point.coordinate.latitude, 7),  # a centimetre
        longitude=round(point.coordinate.longitude, 7),
        heading_degrees=round(point.heading, 1) % 360,  # 359.97 is north
        speed_kmh=round(journey.speed(elapsed) / KMH, 1),
        distance_remaining_m=round(max(0.0, line.length - travelled), 1),
        eta=timedelta(seconds=round(max(0.0, journey.duration - elapsed), 1)),
        at=datetime.now(UTC),
    )


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
