"""Keeps the API from answering strangers: who may sign in has to be decided before it listens."""

from __future__ import annotations

from jobcast.errors import UnsafeExposure
from jobcast.settings import Settings


def check_exposure(settings: Settings) -> None:
    """Return only if nobody but those whom the settings name could use the API.

    Raises:
        UnsafeExposure: Strangers could use it, or nobody could; the message says what to set.
    """
    if settings.local_viewer is not None and not settings.loopback:
        raise UnsafeExposure(
            f"JOBCAST_LOCAL_VIEWER signs in everyone who can reach {settings.host}. "
            "Unset it, or listen on 127.0.0.1."
        )
    if not settings.authenticates and settings.local_viewer is None:
        raise UnsafeExposure(
            "Nobody could sign in: set JOBCAST_JWT_SECRET or JOBCAST_JWKS_URL. On a loopback "
            "address, JOBCAST_LOCAL_VIEWER=name signs in everyone on this machine."
        )
