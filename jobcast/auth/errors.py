"""Errors of signing in.

AuthError
├── AuthenticationFailed   whoever asks is not known; one answer for every reason
├── CredentialRefused      why a credential is not good enough; for the log only
└── KeysUnavailable        the issuer's keys cannot be read; known ones stay in use
"""

from __future__ import annotations

NOT_SIGNED_IN = (
    "Not signed in: send a valid token, as `Authorization: Bearer …`; over a WebSocket, as "
    "`authorization` in the payload of `connection_init`."
)


class AuthError(Exception):
    """Base of all errors that `jobcast.auth` raises on purpose."""


class AuthenticationFailed(AuthError):
    """Sign in with a valid token; the log says what was wrong, the message never does."""

    def __init__(self) -> None:
        super().__init__(NOT_SIGNED_IN)


class CredentialRefused(AuthError):
    """The credential is missing or not valid. The text may be logged: it holds none of it."""


class KeysUnavailable(AuthError):
    """The issuer did not answer, or not with keys; another attempt follows."""
