"""Finds the token in a request's header or in the parameters of `connection_init`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobcast.auth.errors import CredentialRefused

LARGEST_TOKEN = 8 * 1024  # characters; what servers commonly allow a header

_SCHEME = "bearer"


def find_token(authorization: str | None, connection_params: Mapping[str, Any] | None) -> str:
    """The token. Parameters come before the header: the client chose them for this connection.

    Raises:
        CredentialRefused: There is none, or not in the form `Bearer …`.
    """
    value: Any = None
    for name in ("authorization", "Authorization"):
        if connection_params and connection_params.get(name) is not None:
            value = connection_params[name]
            break
    if value is None:
        value = authorization
    if value is None:
        raise CredentialRefused("there is none")
    if not isinstance(value, str):
        raise CredentialRefused("it is no text")
    if len(value) > LARGEST_TOKEN + len("Bearer "):
        raise CredentialRefused("it is too large")
    # RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1).
    scheme, _, token = value.partition(" ")
    if scheme.lower() != _SCHEME:
        raise CredentialRefused("it is no bearer token")
    return token.strip(" ")
