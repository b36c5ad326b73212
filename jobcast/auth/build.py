"""Makes the authenticator that the settings ask for."""

from __future__ import annotations

from jobcast.auth.algorithms import PUBLIC_KEY_ALGORITHMS, SECRET_BYTES
from jobcast.auth.authenticator import Authenticator, LocalAuthenticator
from jobcast.auth.errors import CredentialRefused
from jobcast.auth.viewers import check_viewer_id
from jobcast.errors import InvalidSettings
from jobcast.exposure import check_exposure
from jobcast.settings import Settings


def build_authenticator(settings: Settings) -> Authenticator:
    """Tokens when a key is set; else the local viewer. Enter it before use.

    Raises:
        InvalidSettings: A setting about tokens cannot be used.
        UnsafeExposure: Strangers could sign in, or nobody.
    """
    # Again here, for those who run the application under a server of their own.
    check_exposure(settings)
    if not settings.authenticates:
        return _local(settings.local_viewer or "", admin=settings.local_admin)
    return _by_tokens(settings)


def _by_tokens(settings: Settings) -> Authenticator:
    # Only a process that verifies tokens needs what reads them (80 ms of its start), and only one
    # that fetches keys an HTTP client (180 ms).
    from jobcast.auth.keys import KeySource, SecretKey
    from jobcast.auth.token_authenticator import TokenAuthenticator
    from jobcast.auth.tokens import TokenVerifier

    algorithms = settings.accepted_algorithms
    usable = frozenset(SECRET_BYTES) if settings.jwt_secret else PUBLIC_KEY_ALGORITHMS
    if unknown := [name for name in algorithms if name not in usable]:
        choice = ", ".join(sorted(usable))
        problem = f"{', '.join(unknown)} cannot be used here, only {choice}"
        raise InvalidSettings([f"JOBCAST_JWT_ALGORITHMS: {problem}"])
    keys: KeySource
    if settings.jwt_secret:
        keys = SecretKey(settings.jwt_secret.get_secret_value().encode(), algorithms)
    else:
        from jobcast.auth.jwks import PublishedKeys

        keys = PublishedKeys(settings.jwks_url or "", algorithms)
    verifier = TokenVerifier(
        keys, algorithms, issuer=settings.jwt_issuer, audience=settings.jwt_audience
    )
    return TokenAuthenticator(verifier, keys)


def _local(name: str, *, admin: bool) -> Authenticator:
    try:
        return LocalAuthenticator(check_viewer_id(name), admin=admin)
    except CredentialRefused as exc:
        raise InvalidSettings([f"JOBCAST_LOCAL_VIEWER is no name for a viewer: {exc}"]) from exc
