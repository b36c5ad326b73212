"""A token that was verified is found again, but never for longer than it is good."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import Mock

import jwt
import pytest

from jobcast.auth.errors import AuthenticationFailed
from jobcast.auth.keys import SecretKey
from jobcast.auth.token_authenticator import TokenAuthenticator
from jobcast.auth.tokens import TokenVerifier
from jobcast.auth.verified_tokens import MOST_TOKENS, VerifiedTokens
from resolvers.context import Viewer
from tests.support.tokens import SECRET, in_seconds, token

pytestmark = pytest.mark.anyio

OTHER_SECRET = "another-secret-of-thirty-two-bytes!"


class RotatedSecret(SecretKey):
    """A secret that can be replaced, as an issuer replaces its keys."""

    def replace(self, secret: str) -> None:
        self._secret = secret.encode()
        self.version += 1


def keys() -> RotatedSecret:
    return RotatedSecret(SECRET.encode(), ("HS256",))


async def test_a_token_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decode = Mock(wraps=jwt.decode)
    monkeypatch.setattr(jwt, "decode", decode)
    mine, yours = (token({"sub": name, "exp": in_seconds(60)}) for name in ("ada", "bob"))
    known = keys()
    authenticator = TokenAuthenticator(TokenVerifier(known, ("HS256",)), known)

    viewers = [await authenticator.authenticate(f"Bearer {one}") for one in (mine, yours) * 3]

    assert [viewer.id for viewer in viewers] == ["ada", "bob"] * 3
    assert decode.call_count == 2


async def test_a_remembered_token_is_refused_once_its_key_is_withdrawn() -> None:
    known = keys()
    authenticator = TokenAuthenticator(TokenVerifier(known, ("HS256",)), known)
    header = f"Bearer {token({'sub': 'ada', 'exp': in_seconds(60)})}"
    await authenticator.authenticate(header)

    known.replace(OTHER_SECRET)

    with pytest.raises(AuthenticationFailed):
        await authenticator.authenticate(header)


async def test_a_refused_token_is_not_remembered() -> None:
    known = keys()
    authenticator = TokenAuthenticator(TokenVerifier(known, ("HS256",)), known)
    header = f"Bearer {jwt.encode({'sub': 'ada', 'exp': in_seconds(60)}, OTHER_SECRET, 'HS256')}"
    with pytest.raises(AuthenticationFailed):
        await authenticator.authenticate(header)

    known.replace(OTHER_SECRET)

    assert (await authenticator.authenticate(header)).id == "ada"


def test_a_token_is_forgotten_at_the_moment_at_which_it_expires() -> None:
    now = 1000.0
    verified = VerifiedTokens(keys(), clock=lambda: now)
    viewer = Viewer("ada", expires_at=datetime.fromtimestamp(1060, UTC))
    verified.remember("token", viewer)

    now = 1059.9
    assert verified.find("token") is viewer
    now = 1060.0
    assert verified.find("token") is None


def test_only_the_tokens_seen_last_are_kept() -> None:
    verified = VerifiedTokens(keys(), clock=lambda: 0.0)
    viewer = Viewer("ada", expires_at=datetime.fromtimestamp(60, UTC))
    verified.remember("first", viewer)
    verified.remember("second", viewer)

    for number in range(MOST_TOKENS - 1):
        verified.find("first")
        verified.remember(str(number), viewer)

    assert verified.find("first") is viewer
    assert verified.find("second") is None


def test_another_token_is_never_taken_for_one_that_is_known() -> None:
    verified = VerifiedTokens(keys(), clock=lambda: 0.0)
    verified.remember("token", Viewer("ada", expires_at=datetime.fromtimestamp(60, UTC)))

    assert verified.find("tokem") is None
