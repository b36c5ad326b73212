"""Who is asking: tokens are verified here, or the local viewer is signed in."""

from __future__ import annotations

from jobcast.auth.authenticator import Authenticator
from jobcast.auth.build import build_authenticator
from jobcast.auth.errors import AuthenticationFailed

__all__ = ["AuthenticationFailed", "Authenticator", "build_authenticator"]
