"""Tokens of an issuer that publishes its keys, which come, go and cannot be reached."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import jwt
import pytest

from jobcast.auth.authenticator import Authenticator
from jobcast.auth.build import build_authenticator
from jobcast.auth.errors import AuthenticationFailed
from jobcast.auth.jwks import LARGEST_DOCUMENT, PublishedKeys
from jobcast.auth.token_authenticator import TokenAuthenticator
from jobcast.auth.tokens import TokenVerifier
from jobcast.settings import Settings
from tests.support.key_server import KeyServer, serving
from tests.support.tokens import SigningKey, ec_key, ed_key, rsa_key, token

pytestmark = pytest.mark.anyio

ACCEPTED = ("RS256", "ES256", "EdDSA")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def opened(server: KeyServer, clock: Clock | None = None) -> AsyncIterator[Authenticator]:
    with serving(server):
        keys = PublishedKeys(server.url, ACCEPTED, clock=clock or Clock())
        async with TokenAuthenticator(TokenVerifier(keys, ACCEPTED), keys) as authenticator:
            yield authenticator


async def admitted(authenticator: Authenticator, credential: str) -> bool:
    try:
        await authenticator.authenticate(f"Bearer {credential}")
    except AuthenticationFailed:
        return False
    return True


@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ed_key()], ids=lambda key: key.algorithm)
async def test_token_is_verified_with_the_published_key(key: SigningKey) -> None:
    async with opened(KeyServer(key.published(kid="a"))) as authenticator:
        viewer = await authenticator.authenticate(f"Bearer {key.sign(kid='a')}")

    assert viewer.id == "alice"


async def test_settings_with_a_jwks_address_give_an_authenticator_that_reads_it() -> None:
    with serving(KeyServer(ec_key().published(kid="a"))) as server:
        async with build_authenticator(Settings(jwks_url=server.url)) as authenticator:
            assert await admitted(authenticator, ec_key().sign(kid="a"))
            assert not await admitted(authenticator, ec_key("other").sign(kid="a"))


async def test_public_key_used_as_an_hmac_secret_is_refused() -> None:
    hmac = jwt.get_algorithm_by_name("HS256")
    text = token(secret=b"x" * 32, kid="a").rpartition(".")[0]
    signature = jwt.utils.base64url_encode(hmac.sign(text.encode(), rsa_key().pem())).decode()

    async with opened(KeyServer(rsa_key().published(kid="a"))) as authenticator:
        assert not await admitted(authenticator, f"{text}.{signature}")


async def test_token_cannot_use_a_key_for_another_algorithm_than_the_keys_own() -> None:
    keys = KeyServer(rsa_key().published(kid="a", alg="PS256"), ec_key().published(kid="b"))
    async with opened(keys) as authenticator:
        assert not await admitted(authenticator, rsa_key().sign(kid="a"))
        assert not await admitted(authenticator, rsa_key().sign(kid="b"))


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "a"},
        rsa_key().published(kid="a", use="enc"),
        rsa_key().published(kid="a", key_ops=["encrypt"]),
        {"kty": "RSA", "kid": "a"},
        {"kty": "RSA", "n": "!", "e": 5, "kid": "a"},
        {"kty": ["RSA"], "kid": "a"},
        {"kid": "a"},
    ],
    ids=lambda jwk: str(jwk.get("kty", "no kind"))[:8],
)
async def test_key_that_cannot_verify_is_left_out_and_the_others_work(jwk: dict[str, Any]) -> None:
    async with opened(KeyServer(jwk, ec_key().published(kid="good"))) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="good"))
        assert not await admitted(authenticator, rsa_key().sign(kid="a"))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_rsa_key_that_is_too_short_verifies_nothing() -> None:
    weak = rsa_key("weak", 1024)
    async with opened(KeyServer(weak.published(kid="a"))) as authenticator:
        assert not await admitted(authenticator, weak.sign(kid="a"))


async def test_new_key_is_fetched_when_a_token_names_it() -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        server.publish(ec_key("new").published(kid="b"))
        clock.now += 30

        assert await admitted(authenticator, ec_key("new").sign(kid="b"))
        assert not await admitted(authenticator, ec_key().sign(kid="a")), "withdrawn"


async def test_token_admitted_before_is_refused_once_its_key_is_withdrawn() -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        credential = ec_key().sign(kid="a")
        assert await admitted(authenticator, credential)
        server.publish(ec_key("new").published(kid="b"))
        clock.now += 30

        assert await admitted(authenticator, ec_key("new").sign(kid="b"))
        assert not await admitted(authenticator, credential)


async def test_new_key_is_found_though_the_issuer_gives_its_keys_no_ids() -> None:
    server, clock = KeyServer(ec_key().published()), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign())
        server.publish(ec_key("new").published(), ed_key().published())
        clock.now += 30

        assert await admitted(authenticator, ec_key("new").sign())


async def test_invented_key_ids_cause_one_fetch_in_thirty_seconds() -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        clock.now += 29.9
        for number in range(20):
            assert not await admitted(authenticator, ec_key().sign(kid=f"invented-{number}"))
        assert server.requests == 1

        clock.now += 0.1
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(admitted, authenticator, ec_key().sign(kid=f"late-{number}"))
        assert server.requests == 2


async def test_known_keys_stay_in_use_while_the_issuer_is_away_and_unknown_ones_are_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        server.status = 503
        clock.now += 30

        with caplog.at_level(logging.WARNING):
            assert not await admitted(authenticator, ec_key("new").sign(kid="b"))
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        assert "503" in caplog.text

        server.status = 200
        server.publish(ec_key("new").published(kid="b"))
        clock.now += 30
        assert await admitted(authenticator, ec_key("new").sign(kid="b"))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"keys": 7}', b'{"error": "x"}', b" " * (LARGEST_DOCUMENT + 1)],
    ids=["empty", "html", "list", "no list", "error", "too large"],
)
async def test_answer_that_is_no_key_set_changes_nothing(body: bytes) -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        server.body = body
        clock.now += 30

        assert not await admitted(authenticator, ec_key().sign(kid="b"))
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        assert server.requests == 2


async def test_server_starts_and_refuses_while_nothing_answers_at_the_address() -> None:
    with serving(KeyServer()) as server:
        address = server.url
    keys = PublishedKeys(address, ACCEPTED)

    async with TokenAuthenticator(TokenVerifier(keys, ACCEPTED), keys) as authenticator:
        assert not await admitted(authenticator, ec_key().sign(kid="a"))


async def test_caller_who_leaves_does_not_end_the_fetch_for_the_others() -> None:
    server, clock = KeyServer(ec_key().published(kid="a")), Clock()
    async with opened(server, clock) as authenticator:
        assert await admitted(authenticator, ec_key().sign(kid="a"))
        server.publish(ec_key("new").published(kid="b"))
        clock.now += 30
        with anyio.CancelScope() as scope:
            scope.cancel()
            await admitted(authenticator, ec_key("new").sign(kid="b"))

        assert await admitted(authenticator, ec_key("new").sign(kid="b"))


async def test_claims_are_checked_for_published_keys_too() -> None:
    async with opened(KeyServer(ec_key().published(kid="a"))) as authenticator:
        assert not await admitted(authenticator, ec_key().sign({"exp": 1}, kid="a"))
        assert not await admitted(authenticator, ec_key().sign({"sub": ""}, kid="a"))


async def test_error_of_the_application_passes_through_as_it_is() -> None:
    keys = PublishedKeys("http://127.0.0.1:1/jwks", ACCEPTED)

    with pytest.raises(LookupError, match="mine"):
        async with TokenAuthenticator(TokenVerifier(keys, ACCEPTED), keys):
            raise LookupError("mine")


async def test_cancelled_application_ends_cancelled() -> None:
    keys = PublishedKeys("http://127.0.0.1:1/jwks", ACCEPTED)

    with anyio.CancelScope() as scope:
        async with TokenAuthenticator(TokenVerifier(keys, ACCEPTED), keys):
            scope.cancel()
            await anyio.sleep_forever()

    assert scope.cancelled_caught
