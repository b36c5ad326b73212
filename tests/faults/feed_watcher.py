"""A client that follows the feed of all its jobs, as a page with a table does."""

from __future__ import annotations

import asyncio

from websockets.exceptions import ConnectionClosed

from tests.faults.watcher import TERMINAL
from tests.support.graphql import GraphQLClient

_FEED = "subscription { jobs { job { id status } } }"


class FeedWatcher:
    """Knows the newest state of every job that changes, as long as its connection lasts."""

    def __init__(self, client: GraphQLClient) -> None:
        self.status: dict[str, str] = {}
        self.following = asyncio.Event()  # set once the connection is open
        self.cut = False  # whether the connection ended: a feed has no cursor to come back with
        self.close_code: int | None = None  # with which the server closed
        self._client = client

    async def follow(self) -> None:
        """Follow the feed until cancelled, or cut."""
        try:
            async with self._client.socket() as socket:
                await socket.subscribe(_FEED)
                self.following.set()
                async for result in socket.results():
                    job = result["data"]["jobs"]["job"]
                    self.status[job["id"]] = job["status"]
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else None
        except (OSError, TimeoutError):
            pass
        self.cut = True

    async def never_shown_to_end(self, ids: set[str], *, within: float) -> set[str]:
        """Those of these jobs whose end it does not show, `within` seconds from now."""
        try:
            async with asyncio.timeout(within):
                while not self.cut and self._open(ids):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass
        return set() if self.cut else self._open(ids)

    def _open(self, ids: set[str]) -> set[str]:
        return {id for id in ids if self.status.get(id) not in TERMINAL}
