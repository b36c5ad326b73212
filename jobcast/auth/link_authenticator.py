"""Signs in those who have a watch link, beside those whom another authenticator knows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jobcast.auth.authenticator import Authenticator
from jobcast.auth.credentials import find_token
from jobcast.auth.errors import CredentialRefused
from resolvers.context import Viewer
from tasks.errors import InvalidWatchLink, QueueUnavailable
from tasks.watch_links import PREFIX, WatchLinks


class LinkAuthenticator(Authenticator):
    """Takes a watch link wherever a token is taken."""

    def __init__(self, others: Authenticator, links: WatchLinks) -> None:
        """`others` knows everyone else; whoever made it opens and closes it."""
        self._others = others
        self._links = links

    async def identify(
        self,
        authorization: str | None,
        connection_params: Mapping[str, Any] | None,
        local_viewer: str | None,
    ) -> Viewer:
        """Who has this link; else whom the other authenticator knows."""
        try:
            token = find_token(authorization, connection_params)
        except CredentialRefused:
            token = ""
        if not token.startswith(PREFIX):
            return await self._others.identify(authorization, connection_params, local_viewer)
        try:
            link = self._links.read(token)
        except InvalidWatchLink as exc:
            raise CredentialRefused(f"its watch link is not valid: {exc}") from exc
        with suppress(QueueUnavailable):  # it is looked at again before anything is shown
            if not await self._links.holds(link):
                raise CredentialRefused("its watch link was revoked")
        return Viewer(f"watch-link:{link.id}", expires_at=link.expires_at, link=link)
