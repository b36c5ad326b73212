"""`TokenVerifier`: from a JSON Web Token (RFC 7519) to the viewer whom it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from jobcast.auth.credentials import LARGEST_TOKEN
from jobcast.auth.errors import CredentialRefused
from jobcast.auth.keys import KeySource, VerificationKey
from jobcast.auth.viewers import check_viewer_id
from resolvers.context import Viewer

LONGEST_KEY_ID = 256  # characters

# How far the issuer's clock may be from ours (RFC 7519, section 4.1.4: "a few minutes" at most).
LEEWAY = timedelta(seconds=30)

# RFC 7515, section 7.1, with a signature that is not empty.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

# JSON nested too deeply ends in RecursionError; an `exp` of Infinity in OverflowError.
_BROKEN = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


class TokenVerifier:
    """Accepts tokens that a known key signed for this server, and that are valid now."""

    def __init__(
        self,
        keys: KeySource,
        algorithms: Collection[str],
        *,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> None:
        """Verify with `keys`.

        Args:
            keys: Where the keys come from; whoever made it opens and closes it.
            algorithms: The accepted ones.
            issuer: The `iss` that tokens must have.
            audience: The `aud` that tokens must have. Without one, a token that names any is
                refused, since it is meant for others (RFC 7519, section 4.1.3).
        """
        self._keys = keys
        self._algorithms = frozenset(algorithms)
        self._issuer = issuer
        self._audience = audience

    async def verify(self, token: str) -> Viewer:
        """The viewer, until the token expires.

        Raises:
            CredentialRefused: Not with this token.
        """
        algorithm, key_id = self._header(token)
        keys = self._keys.known(key_id, algorithm)
        claims = self._claims(token, keys, algorithm)
        # Without a key id, only a failure can tell that the issuer has a new key.
        if claims is None and (key_id is None or not keys) and await self._keys.refresh():
            claims = self._claims(token, self._keys.known(key_id, algorithm), algorithm)
        if claims is None:
            raise CredentialRefused("no known key signed it")
        return Viewer(
            id=check_viewer_id(claims.get("sub")),
            admin=_is_admin(claims),
            expires_at=_end(claims.get("exp")),
        )

    def _header(self, token: str) -> tuple[str, str | None]:
        if len(token) > LARGEST_TOKEN:
            raise CredentialRefused("it is too large")
        if _FORM.fullmatch(token) is None:
            raise CredentialRefused("it is no signed token")
        try:
            header = jwt.get_unverified_header(token)
        except _BROKEN as exc:
            raise CredentialRefused("its header cannot be read") from exc
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise CredentialRefused("its algorithm is not accepted")
        if key_id is not None and not (isinstance(key_id, str) and len(key_id) <= LONGEST_KEY_ID):
            raise CredentialRefused("its key id is none")
        return algorithm, key_id

    def _claims(
        self, token: str, keys: Sequence[VerificationKey], algorithm: str
    ) -> dict[str, Any] | None:
        """What the token says; None when no key fits. Raises when it is signed but not valid."""
        for key in keys:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=[algorithm],
                    audience=self._audience,
                    issuer=self._issuer,
                    leeway=LEEWAY,
                    options={"require": ["exp", "sub"], "enforce_minimum_key_length": True},
                )
            except jwt.InvalidSignatureError:
                continue
            except _BROKEN as exc:
                raise CredentialRefused(f"it is not valid: {type(exc).__name__}") from exc
        return None


def _is_admin(claims: dict[str, Any]) -> bool:
    """Whether `scope` (RFC 8693, section 4.2: separated by spaces) or `roles` says so."""
    scope, roles = claims.get("scope"), claims.get("roles")
    return (isinstance(scope, str) and "admin" in scope.split(" ")) or (
        isinstance(roles, list) and "admin" in roles
    )


def _end(expiry: Any) -> datetime:
    """The last moment at which the token is accepted, so with the leeway in it."""
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        raise CredentialRefused("its exp is no number")
    try:
        return datetime.fromtimestamp(expiry, UTC) + LEEWAY
    except (ValueError, OverflowError, OSError) as exc:
        raise CredentialRefused("its exp is out of range") from exc
