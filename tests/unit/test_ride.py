"""Rides: the geometry of routes, the physics of journeys, and the task that follows one."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.examples.geography.journey import Journey
from tasks.examples.geography.route import (
    EARTH_RADIUS,
    Coordinate,
    Route,
    bearing,
    between,
    distance,
)
from tasks.examples.ride import Position, RideTooLong, track_ride
from tests.support.job_context import RecordingJob

HALF_THE_EARTH = math.pi * EARTH_RADIUS

BERLIN = Coordinate(52.52, 13.405)
PARIS = Coordinate(48.8566, 2.3522)

coordinates = st.builds(
    Coordinate,
    latitude=st.floats(-90, 90, allow_nan=False),
    longitude=st.floats(-180, 180, allow_nan=False),
)
journeys = st.builds(Journey, length=st.floats(0.1, 1e6), cruising_speed=st.floats(1, 60))
shares = st.floats(0, 1)


def test_distance_is_that_of_the_atlas() -> None:
    assert distance(BERLIN, PARIS) == pytest.approx(878_000, rel=0.005)
    equator = distance(Coordinate(0, 0), Coordinate(0, 90))
    assert equator == pytest.approx(HALF_THE_EARTH / 2, rel=1e-9)


def test_bearing_is_that_of_a_compass() -> None:
    origin = Coordinate(0, 0)

    assert bearing(origin, Coordinate(1, 0)) == pytest.approx(0)
    assert bearing(origin, Coordinate(0, 1)) == pytest.approx(90)
    assert bearing(origin, Coordinate(-1, 0)) == pytest.approx(180)
    assert bearing(origin, Coordinate(0, -1)) == pytest.approx(270)


@given(coordinates, coordinates)
def test_distance_is_the_same_both_ways_and_bounded(one: Coordinate, other: Coordinate) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-3)
    assert 0 <= distance(one, other) <= HALF_THE_EARTH * (1 + 1e-9)


@given(coordinates, coordinates, shares)
def test_place_between_divides_the_way(one: Coordinate, other: Coordinate, share: float) -> None:
    whole = distance(one, other)
    assume(whole < HALF_THE_EARTH - 1000)  # near opposite places the way is ill-defined

    place = between(one, other, share)

    assert -90 <= place.latitude <= 90
    assert -180 <= place.longitude <= 180
    assert distance(one, place) == pytest.approx(whole * share, abs=1 + whole * 1e-6)
    assert distance(place, other) == pytest.approx(whole * (1 - share), abs=1 + whole * 1e-6)


@given(coordinates, coordinates)
def test_bearing_is_a_compass_reading(one: Coordinate, other: Coordinate) -> None:
    assert 0 <= bearing(one, other) < 360


@given(st.lists(coordinates, min_size=2, max_size=6), shares)
def test_route_never_leaves_its_bounds(places: list[Coordinate], share: float) -> None:
    legs = [distance(*leg) for leg in pairwise(places)]
    assume(all(leg < HALF_THE_EARTH - 1000 for leg in legs))
    route = Route(places)

    point = route.at(route.length * share)

    assert route.length == pytest.approx(sum(legs), rel=1e-9, abs=0.01)
    assert 0 <= point.heading < 360
    assert distance(route.at(0).coordinate, places[0]) < 1
    assert distance(route.at(route.length + 1).coordinate, places[-1]) < 1


def test_steps_too_short_to_measure_are_left_out() -> None:
    """They vanish in the sum: 100 km and a hair are 100 km."""
    route = Route([Coordinate(0, 1), Coordinate(0, 0), Coordinate(0, 1e-80)])

    assert route.at(route.length).coordinate == Coordinate(0, 0)


@pytest.mark.parametrize(
    "places",
    [(Coordinate(10, 20), Coordinate(-10, -160)), (Coordinate(90, 0), Coordinate(-90, 0))],
)
def test_route_to_the_opposite_of_the_earth_takes_one_of_its_shortest_ways(
    places: tuple[Coordinate, Coordinate],
) -> None:
    route = Route(places)

    assert route.length == pytest.approx(HALF_THE_EARTH)
    for quarter in range(5):
        travelled = route.length * quarter / 4
        assert distance(places[0], route.at(travelled).coordinate) == pytest.approx(
            travelled, abs=1
        )


@given(journeys, shares, shares)
def test_vehicle_never_goes_backwards_or_faster_than_it_may(
    journey: Journey, one: float, other: float
) -> None:
    early, late = sorted((one * journey.duration, other * journey.duration))

    way = journey.travelled(late) - journey.travelled(early)

    slack = 1e-6 * (1 + journey.length)
    assert -slack <= way <= journey.cruising_speed * (late - early) + slack
    assert 0 <= journey.speed(late) <= journey.cruising_speed


@given(journeys)
def test_journey_begins_and_ends_standing(journey: Journey) -> None:
    assert journey.travelled(0) == 0
    assert journey.travelled(journey.duration) == pytest.approx(journey.length)
    assert journey.travelled(journey.duration + 1) == journey.length
    assert journey.speed(0) == 0
    assert journey.speed(journey.duration) == 0


@given(journeys, st.floats(0.05, 0.95))
def test_speed_is_how_fast_the_way_grows(journey: Journey, share: float) -> None:
    moment, step = journey.duration * share, journey.duration * 1e-4

    grown = journey.travelled(moment + step) - journey.travelled(moment - step)

    assert grown / (2 * step) == pytest.approx(
        journey.speed(moment), rel=1e-3, abs=journey.acceleration * step
    )


async def follow(job: RecordingJob, *route: Coordinate, **options: float) -> list[Position]:
    positions: AsyncIterator[Position] = track_ride(job, list(route), **options)
    return [position async for position in positions]


START, CORNER, END = (
    Coordinate(52.5200, 13.4050),
    Coordinate(52.5220, 13.4050),
    Coordinate(52.5220, 13.4090),
)


@pytest.mark.anyio
async def test_ride_leads_from_pickup_to_drop_off() -> None:
    job = RecordingJob()

    positions = await follow(job, START, CORNER, END, updates_per_second=10, time_scale=100)

    first, last = positions[0], positions[-1]
    assert (first.latitude, first.longitude) == pytest.approx((START.latitude, START.longitude))
    assert (last.latitude, last.longitude) == pytest.approx((END.latitude, END.longitude))
    assert (last.distance_remaining_m, last.speed_kmh, last.eta) == (0, 0, timedelta(0))
    assert min(first.heading_degrees, 360 - first.heading_degrees) < 0.2
    assert last.heading_degrees == pytest.approx(90, abs=0.2)


@pytest.mark.anyio
async def test_ride_comes_nearer_with_every_position() -> None:
    job = RecordingJob()

    positions = await follow(job, START, CORNER, END, updates_per_second=10, time_scale=60)

    left = [position.distance_remaining_m for position in positions]
    assert len(positions) > 5
    assert left == sorted(left, reverse=True)
    assert [position.eta for position in positions] == sorted(
        (position.eta for position in positions), reverse=True
    )
    assert all(0 <= position.heading_degrees < 360 for position in positions)
    assert all(position.speed_kmh <= 50 for position in positions)
    assert job.fractions == sorted(job.fractions)
    assert job.fractions[-1] == 1


@pytest.mark.anyio
async def test_ride_to_where_one_is_ends_at_once() -> None:
    (position,) = await follow(RecordingJob(), START, START)

    assert position.distance_remaining_m == 0


@pytest.mark.anyio
async def test_ride_that_would_take_for_ever_is_refused_at_once() -> None:
    with pytest.raises(RideTooLong) as caught:
        await follow(RecordingJob(), BERLIN, PARIS, time_scale=1)

    assert caught.value.duration > caught.value.longest
    assert str(caught.value).endswith("at most 2 h are tracked.")


@pytest.mark.anyio
async def test_viewer_who_leaves_ends_the_ride() -> None:
    positions = track_ride(RecordingJob(), [BERLIN, PARIS], time_scale=100)

    await anext(positions)
    await positions.aclose()  # type: ignore[attr-defined]

    with pytest.raises(StopAsyncIteration):
        await anext(positions)
