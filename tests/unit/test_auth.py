"""Signing in: which credentials make which viewer, and that all others are refused alike."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobcast.auth import AuthenticationFailed, Authenticator, build_authenticator
from jobcast.auth.errors import NOT_SIGNED_IN
from jobcast.errors import InvalidSettings, UnsafeExposure
from jobcast.settings import Settings
from resolvers.context import Viewer
from tests.support.bad_tokens import REFUSED, signed
from tests.support.tokens import SECRET, claims_of, in_seconds, rsa_key, token

pytestmark = pytest.mark.anyio

ISSUER, AUDIENCE = "https://id.example.org", "jobcast"


def authenticator(**settings: Any) -> Authenticator:
    return build_authenticator(Settings(**{"jwt_secret": SECRET, **settings}))


def strict() -> Authenticator:
    return authenticator(jwt_issuer=ISSUER, jwt_audience=AUDIENCE)


async def viewer_of(claims: dict[str, Any], **settings: Any) -> Viewer:
    return await authenticator(**settings).authenticate(f"Bearer {token(claims)}")


async def test_token_names_the_viewer_and_the_last_moment_at_which_it_is_accepted() -> None:
    expiry = in_seconds(60)

    viewer = await viewer_of({"sub": "alice", "exp": expiry})

    end = datetime.fromtimestamp(expiry, UTC) + timedelta(seconds=30)
    assert viewer == Viewer("alice", admin=False, expires_at=end)


@pytest.mark.parametrize(
    ("claims", "admin"),
    [
        ({"scope": "jobs:read admin"}, True),
        ({"roles": ["editor", "admin"]}, True),
        ({"scope": "administrator"}, False),
        ({"scope": "jobs\tadmin"}, False),
        ({"scope": ["admin"]}, False),
        ({"roles": "admin"}, False),
        ({"roles": ["Admin"]}, False),
        ({"scope": {"admin": True}, "roles": {"admin": True}}, False),
        ({"admin": True}, False),
        ({}, False),
    ],
)
async def test_admin_is_who_has_exactly_that_scope_or_role(
    claims: dict[str, Any], admin: bool
) -> None:
    assert (await viewer_of(claims)).admin is admin


@pytest.mark.parametrize(
    "claims",
    [
        # Made when the test runs: a moment of the collection may be minutes ago by then.
        lambda: {"exp": in_seconds(-20)},
        lambda: {"nbf": in_seconds(20)},
        lambda: {"sub": "x" * 256},
        lambda: {"sub": "Ångström, 東京"},
        lambda: {"exp": in_seconds(60) + 0.5},
    ],
)
async def test_tokens_at_the_edge_of_validity_are_accepted(
    claims: Callable[[], dict[str, Any]],
) -> None:
    made = claims()

    assert (await viewer_of(made)).id == made.get("sub", "alice")


@pytest.mark.parametrize("audience", [AUDIENCE, ["other", AUDIENCE]])
async def test_issuer_and_audience_are_accepted_when_they_are_ours(audience: Any) -> None:
    good = token({"iss": ISSUER, "aud": audience})

    assert (await strict().authenticate(f"Bearer {good}")).id == "alice"


@pytest.mark.parametrize("name", REFUSED)
async def test_every_bad_token_is_refused_with_one_message_and_never_logged(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = REFUSED[name]

    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationFailed) as failure:
        await authenticator().authenticate(f"Bearer {bad}")

    assert str(failure.value) == NOT_SIGNED_IN
    assert "refused" in caplog.text
    assert not any(len(piece) > 8 and piece in caplog.text for piece in bad.split("."))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": AUDIENCE},
        {"iss": ISSUER},
        {"iss": "https://id.example.org.evil.example", "aud": AUDIENCE},
        {"iss": [ISSUER], "aud": AUDIENCE},
        {"iss": ISSUER, "aud": "other"},
        {"iss": ISSUER, "aud": []},
        {"iss": ISSUER, "aud": {"jobcast": 1}},
        {"iss": ISSUER, "aud": "jobcast-admin"},
    ],
)
async def test_wrong_issuer_or_audience_is_refused_like_any_other(claims: dict[str, Any]) -> None:
    bad = signed({"alg": "HS256"}, claims_of(claims))

    with pytest.raises(AuthenticationFailed, match=NOT_SIGNED_IN):
        await strict().authenticate(f"Bearer {bad}")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
async def test_scheme_is_read_whatever_its_case(scheme: str) -> None:
    assert (await authenticator().authenticate(scheme + token())).id == "alice"


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic YWxpY2U6eA==", token()])
async def test_header_without_a_bearer_token_is_refused(authorization: str | None) -> None:
    with pytest.raises(AuthenticationFailed, match=NOT_SIGNED_IN):
        await authenticator().authenticate(authorization)


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_connection_parameters_can_carry_the_token(name: str) -> None:
    viewer = await authenticator().authenticate(
        None, connection_params={name: f"Bearer {token()}", "resume": {}}
    )

    assert viewer.id == "alice"


async def test_connection_parameters_come_before_the_header() -> None:
    params = {"authorization": f"Bearer {token({'sub': 'bob'})}"}

    viewer = await authenticator().authenticate(f"Bearer {token()}", connection_params=params)

    assert viewer.id == "bob"


@pytest.mark.parametrize("value", ["Bearer x.y.z", 7, {"token": "x"}, [], "", False])
async def test_bad_connection_parameter_is_not_made_good_by_the_header(value: Any) -> None:
    with pytest.raises(AuthenticationFailed, match=NOT_SIGNED_IN):
        await authenticator().authenticate(
            f"Bearer {token()}", connection_params={"authorization": value}
        )


async def test_with_tokens_configured_nobody_becomes_a_viewer_by_saying_so() -> None:
    both = authenticator(local_viewer="local")

    with pytest.raises(AuthenticationFailed):
        await both.authenticate(None, connection_params={"viewer": "bob"}, local_viewer="bob")


async def test_local_viewer_is_signed_in_without_a_token() -> None:
    local = build_authenticator(Settings(local_viewer="local"))

    assert await local.authenticate(None) == Viewer("local")


@pytest.mark.parametrize("admin", [False, True])
async def test_the_local_viewer_is_an_admin_only_where_the_settings_say_so(admin: bool) -> None:
    local = build_authenticator(Settings(local_viewer="local", local_admin=admin))

    assert (await local.authenticate(None)).admin is admin
    assert (await local.authenticate(None, local_viewer="local")).admin is admin
    assert not (await local.authenticate(None, local_viewer="bob")).admin


async def test_local_viewer_is_switched_by_header_or_connection_parameter() -> None:
    local = build_authenticator(Settings(local_viewer="local"))

    by_header = await local.authenticate(None, local_viewer="bob")
    by_parameter = await local.authenticate(
        None, connection_params={"viewer": "carol"}, local_viewer="bob"
    )

    assert (by_header.id, by_parameter.id) == ("bob", "carol")


@pytest.mark.parametrize("name", ["a\nb", "x" * 257, " ", 7, {"id": "bob"}])
async def test_local_viewer_needs_a_proper_name(name: Any) -> None:
    local = build_authenticator(Settings(local_viewer="local"))

    with pytest.raises(AuthenticationFailed):
        await local.authenticate(None, connection_params={"viewer": name})


@pytest.mark.parametrize(
    "settings",
    [
        {"jwt_secret": SECRET, "jwt_algorithms": ("HS999",)},
        {"jwt_secret": SECRET, "jwt_algorithms": ("hs256",)},
        {"jwt_secret": SECRET, "jwt_algorithms": ("HS512",)},
        {"jwt_secret": rsa_key().pem().decode()},
        {"jwks_url": "https://id.example.org/jwks", "jwt_algorithms": ("RS1",)},
        {"local_viewer": "a\nb"},
    ],
    ids=["unknown", "wrong case", "weak secret", "public key as secret", "unknown RS", "viewer"],
)
async def test_settings_that_could_never_sign_anyone_in_are_refused_at_start(
    settings: dict[str, Any],
) -> None:
    with pytest.raises(InvalidSettings, match="JOBCAST_"):
        build_authenticator(Settings(**settings))


@pytest.mark.parametrize("settings", [{}, {"local_viewer": "local", "host": "0.0.0.0"}])
async def test_authenticator_is_not_built_for_strangers(settings: dict[str, Any]) -> None:
    with pytest.raises(UnsafeExposure):
        build_authenticator(Settings(**settings))
