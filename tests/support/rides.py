"""Rides to watch: `track_ride` gives partial output and progress for as long as one likes."""

from __future__ import annotations

from tests.support.dev_process import Dev

ROUTE = [
    {"latitude": 52.5251, "longitude": 13.3694},
    {"latitude": 52.5300, "longitude": 13.3900},
    {"latitude": 52.5219, "longitude": 13.4132},
]

# Of the route's 3.4 km at 50 km/h: some 250 s of riding.
QUICK = 200.0  # times as fast: about a second
SLOW = 5.0  # about a minute


async def ride(dev: Dev, *, time_scale: float = QUICK, tags: tuple[str, ...] = ()) -> str:
    """Enqueue one; its id."""
    data = await dev.query(
        "mutation($input: TrackRideInput!) { trackRide(input: $input) {"
        " ... on TrackRideAccepted { job { id } } } }",
        input={"route": ROUTE, "timeScale": time_scale, "options": {"tags": list(tags)}},
    )
    id: str = data["trackRide"]["job"]["id"]
    return id
