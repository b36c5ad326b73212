"""`Authenticator`: from what a client presents to the viewer that it is."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from jobcast.auth.errors import AuthenticationFailed, CredentialRefused
from jobcast.auth.viewers import check_viewer_id
from resolvers.context import Viewer

# HTTP's way to be another local viewer; over a WebSocket, the connection parameter `viewer`.
LOCAL_VIEWER_HEADER = "X-Jobcast-Viewer"

_LOG = logging.getLogger(__name__)


class Authenticator(ABC):
    """Tells who is asking. An async context manager, open for the application's life."""

    async def authenticate(
        self,
        authorization: str | None,
        *,
        connection_params: Mapping[str, Any] | None = None,
        local_viewer: str | None = None,
    ) -> Viewer:
        """The viewer.

        Args:
            authorization: The header `Authorization`.
            connection_params: The payload of `connection_init`.
            local_viewer: The header `X-Jobcast-Viewer`, which counts without tokens only.

        Raises:
            AuthenticationFailed: Not known; its message is the same for every reason.
        """
        try:
            return await self.identify(authorization, connection_params, local_viewer)
        except CredentialRefused as exc:
            _LOG.info("A credential was refused: %s.", exc)
            raise AuthenticationFailed from exc

    @abstractmethod
    async def identify(
        self,
        authorization: str | None,
        connection_params: Mapping[str, Any] | None,
        local_viewer: str | None,
    ) -> Viewer:
        """As `authenticate`, but with the reason.

        Raises:
            CredentialRefused: Not known, and why: for the log, never for the client.
        """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return None


class LocalAuthenticator(Authenticator):
    """Believes everyone: for development, on an address that only this machine reaches."""

    def __init__(self, name: str, *, admin: bool = False) -> None:
        """Sign in as `name` those who name no other; `admin` is whether that one is an admin."""
        self._name = name
        self._admin = admin

    async def identify(
        self,
        authorization: str | None,
        connection_params: Mapping[str, Any] | None,
        local_viewer: str | None,
    ) -> Viewer:
        """Whom they say that they are."""
        asked = (connection_params or {}).get("viewer") or local_viewer or self._name
        return Viewer(check_viewer_id(asked), admin=self._admin and asked == self._name)
