"""`Route`: a line through places on Earth, measured along great circles."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Annotated

from pydantic import Field

EARTH_RADIUS = 6_371_008.8  # metres: the mean radius R1 of WGS 84 (IUGG)
SHORTEST = 0.001  # metres: less is lost in the sum of a long route's legs
OPPOSITE = 1000.0  # metres short of half the Earth: nearer to it, rounding chooses the way


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A place on Earth (WGS 84)."""

    latitude: Annotated[
        float, Field(ge=-90, le=90, description="Degrees north of the equator; south is negative.")
    ]
    longitude: Annotated[
        float, Field(ge=-180, le=180, description="Degrees east of Greenwich; west is negative.")
    ]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a route, and where the route leads from there."""

    coordinate: Coordinate
    heading: float  # degrees clockwise from north, from 0 up to 360


class Route:
    """A line through two or more places."""

    def __init__(self, places: Sequence[Coordinate]) -> None:
        if len(places) < 2:
            raise ValueError("A route leads from one place to another.")
        # A leg without length has no direction.
        self._legs = [
            leg for pair in pairwise(places) for leg in _legs(*pair) if distance(*leg) > SHORTEST
        ]
        self._ends = list(accumulate(distance(*leg) for leg in self._legs))
        self._only = places[0]

    @property
    def length(self) -> float:
        """Metres."""
        return self._ends[-1] if self._ends else 0.0

    def at(self, travelled: float) -> Point:
        """Where one is after `travelled` metres; before the start or after the end, there."""
        if not self._legs:
            return Point(self._only, 0.0)
        index = min(bisect_right(self._ends, travelled), len(self._legs) - 1)
        start, end = self._legs[index]
        before = self._ends[index - 1] if index else 0.0
        share = (travelled - before) / (self._ends[index] - before)
        place = between(start, end, min(1.0, max(0.0, share)))
        # At the end of a leg there is no way ahead to point along, but there is one behind.
        ahead = bearing(place, end) if distance(place, end) > 0.01 else bearing(start, end)
        return Point(place, ahead)


def distance(start: Coordinate, end: Coordinate) -> float:
    """Metres along the great circle (the haversine formula)."""
    latitude_1, latitude_2 = math.radians(start.latitude), math.radians(end.latitude)
    chord = (
        math.sin((latitude_2 - latitude_1) / 2) ** 2
        + math.cos(latitude_1)
        * math.cos(latitude_2)
        * math.sin(math.radians(end.longitude - start.longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def between(start: Coordinate, end: Coordinate, share: float) -> Coordinate:
    """The place on the great circle from `start` to `end` after that share of it, 0 to 1."""
    angle = distance(start, end) / EARTH_RADIUS
    if angle < 1e-9 or share in {0.0, 1.0}:  # below a centimetre
        return end if share >= 0.5 else start
    if math.pi - angle < 1e-9:
        raise ValueError("Between opposite places on Earth, every way is the shortest.")
    from_start = math.sin((1 - share) * angle) / math.sin(angle)
    from_end = math.sin(share * angle) / math.sin(angle)
    x, y, z = (
        from_start * one + from_end * other
        for one, other in zip(_vector(start), _vector(end), strict=True)
    )
    return Coordinate(
        latitude=math.degrees(math.atan2(z, math.hypot(x, y))),
        longitude=math.degrees(math.atan2(y, x)),
    )


def bearing(start: Coordinate, end: Coordinate) -> float:
    """Degrees clockwise from north in which the great circle to `end` begins."""
    latitude_1, latitude_2 = math.radians(start.latitude), math.radians(end.latitude)
    difference = math.radians(end.longitude - start.longitude)
    east = math.sin(difference) * math.cos(latitude_2)
    north = math.cos(latitude_1) * math.sin(latitude_2) - math.sin(latitude_1) * math.cos(
        latitude_2
    ) * math.cos(difference)
    degrees = math.degrees(math.atan2(east, north)) % 360
    return 0.0 if degrees == 360 else degrees  # of a tiny negative angle, % gives 360


def _legs(start: Coordinate, end: Coordinate) -> list[tuple[Coordinate, Coordinate]]:
    """The way from `start` to `end`: one leg, or two when they lie opposite each other."""
    if distance(start, end) < math.pi * EARTH_RADIUS - OPPOSITE:
        return [(start, end)]
    # Every way is the shortest, so take the one over a pole (or, between poles, Greenwich).
    over = Coordinate(90.0, 0.0) if abs(start.latitude) < 89 else Coordinate(0.0, 0.0)
    return [(start, over), (over, end)]


def _vector(place: Coordinate) -> tuple[float, float, float]:
    latitude, longitude = math.radians(place.latitude), math.radians(place.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )
