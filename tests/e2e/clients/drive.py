"""Does with the Python example of docs/clients.md what its readers will, as drive.mjs does."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
from typing import Any

from gql.transport.exceptions import TransportQueryError

os.environ["JOBCAST_URL"] = sys.argv[1]

import rides_client  # type: ignore[import-not-found]

ROUTE = [{"latitude": 52.52, "longitude": 13.4}, {"latitude": 52.5, "longitude": 13.45}]


def say(**members: Any) -> None:
    print(json.dumps(members), flush=True)


async def main() -> None:
    ride = {"route": ROUTE, "timeScale": 60, "updatesPerSecond": 10}
    job = await rides_client.ask(rides_client.TRACK_RIDE, input=ride)
    events = 0
    async for event in rides_client.watch(job["id"]):
        events += 1
        say(event=event)
    say(ended=events)

    job = await rides_client.ask(rides_client.TRACK_RIDE, input={"route": ROUTE, "timeScale": 1})
    rest: list[dict[str, Any]] = []
    async for event in rides_client.watch(job["id"], job["cursor"]):
        if not rest:
            await rides_client.ask(rides_client.CANCEL, id=job["id"])
        rest.append(event)
    say(rest=rest)

    try:
        async for _ in rides_client.watch("rides.00000000-0000-7000-8000-000000000000"):
            pass
    except TransportQueryError as exc:
        say(refused=str(exc))

    authorization, rides_client.AUTHORIZATION = rides_client.AUTHORIZATION, "Bearer expired"
    try:
        async for _ in rides_client.watch(job["id"]):
            pass
    except PermissionError as exc:
        say(stranger=str(exc))
    rides_client.AUTHORIZATION = authorization

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        await rides_client.main()
    say(printed=printed.getvalue())


asyncio.run(main())
