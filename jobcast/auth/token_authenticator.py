"""Signs in those who have a JSON Web Token."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from jobcast.auth.authenticator import Authenticator
from jobcast.auth.credentials import find_token
from jobcast.auth.keys import KeySource
from jobcast.auth.tokens import TokenVerifier
from jobcast.auth.verified_tokens import VerifiedTokens
from resolvers.context import Viewer


class TokenAuthenticator(Authenticator):
    """Knows viewers by their tokens."""

    def __init__(self, verifier: TokenVerifier, keys: KeySource) -> None:
        """Verify with `verifier`; `keys` are its keys, opened and closed here."""
        self._verifier = verifier
        self._keys = keys
        self._verified = VerifiedTokens(keys)

    async def identify(
        self,
        authorization: str | None,
        connection_params: Mapping[str, Any] | None,
        local_viewer: str | None,
    ) -> Viewer:
        """Whom the token names."""
        token = find_token(authorization, connection_params)
        viewer = self._verified.find(token)
        if viewer is None:
            viewer = await self._verifier.verify(token)
            self._verified.remember(token, viewer)
        return viewer

    async def __aenter__(self) -> Self:
        await self._keys.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._keys.__aexit__(kind, exc, traceback)
