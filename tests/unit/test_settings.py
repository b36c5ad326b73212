"""Settings: what is accepted, what is refused, and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from jobcast.deployment_settings import is_loopback
from jobcast.errors import InvalidSettings
from jobcast.setting_types import format_duration, parse_duration
from jobcast.settings import Settings
from jobcast.settings_help import load_settings, setting_rows, settings_page

STRONG = "0123456789abcdef0123456789abcdef"

SetVariables = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> SetVariables:
    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"JOBCAST_{name}", value)

    return set_variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("1.5s", timedelta(seconds=1.5)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("PT30S", timedelta(seconds=30)),
        ("P1DT2H", timedelta(hours=26)),
    ],
)
def test_durations_are_read_with_their_unit_or_as_iso_8601(
    environment: SetVariables, text: str, expected: timedelta
) -> None:
    environment(DRAIN_TIMEOUT=text)

    assert load_settings().drain_timeout == expected


@pytest.mark.parametrize("duration", ["250ms", "90s", "5m", "36h", "7d"])
def test_a_duration_is_written_as_it_is_read(duration: str) -> None:
    assert format_duration(parse_duration(duration)) == duration


def test_a_duration_without_unit_is_refused_with_a_suggestion(environment: SetVariables) -> None:
    environment(LEASE="6")

    with pytest.raises(InvalidSettings, match="JOBCAST_LEASE: a duration needs a unit, such as 6s"):
        load_settings()


def test_lists_are_written_with_commas(environment: SetVariables) -> None:
    environment(TASKS="shop.tasks, media.tasks,")

    assert load_settings().tasks == ("shop.tasks", "media.tasks")


def test_sizes_are_read_with_their_unit(environment: SetVariables) -> None:
    environment(UPLOAD_BYTES="10MiB")

    assert load_settings().upload_bytes == 10 * 1024**2


def test_an_empty_variable_counts_as_unset(environment: SetVariables) -> None:
    environment(PORT="", JWT_SECRET="")

    settings = load_settings()

    assert settings.port == 8000
    assert settings.jwt_secret is None


def test_a_value_from_the_command_line_wins_over_the_environment(
    environment: SetVariables,
) -> None:
    environment(PORT="9000", HOST="::1")

    settings = load_settings(port=9001, host=None)

    assert (settings.host, settings.port) == ("::1", 9001)


def test_all_problems_are_listed_at_once(environment: SetVariables) -> None:
    environment(PORT="http", CONCURRENCY="0", CONCURENCY="4")

    with pytest.raises(InvalidSettings) as caught:
        load_settings()

    told = "\n".join(caught.value.problems)
    assert "JOBCAST_PORT" in told
    assert "JOBCAST_CONCURRENCY: " in told
    assert "JOBCAST_CONCURENCY: no such setting; did you mean JOBCAST_CONCURRENCY?" in told


def test_a_weak_secret_is_refused_without_being_shown(environment: SetVariables) -> None:
    environment(JWT_SECRET="hunter2-hunter2")

    with pytest.raises(InvalidSettings, match="JOBCAST_JWT_SECRET is too weak") as caught:
        load_settings()

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_secrets_are_not_in_the_repr(environment: SetVariables) -> None:
    environment(
        JWT_SECRET=STRONG, LINK_SECRET=STRONG, TOKEN=STRONG, REDIS_URL=f"redis://:{STRONG}@db:6379"
    )

    assert STRONG not in repr(load_settings())


def test_a_secret_and_a_jwks_url_exclude_each_other(environment: SetVariables) -> None:
    environment(JWT_SECRET=STRONG, JWKS_URL="https://id.example.org/jwks")

    with pytest.raises(InvalidSettings, match="not both"):
        load_settings()


@pytest.mark.parametrize(
    "variables",
    [
        {"JWT_SECRET": STRONG, "JWT_ALGORITHMS": "RS256"},
        {"JWKS_URL": "https://id.example.org/jwks", "JWT_ALGORITHMS": "RS256,HS256"},
        {"JWKS_URL": "https://id.example.org/jwks", "JWT_ALGORITHMS": "None"},
        {"JWKS_URL": "http://id.example.org/jwks"},
    ],
)
def test_settings_that_would_let_forged_tokens_in_are_refused(
    environment: SetVariables, variables: dict[str, str]
) -> None:
    environment(**variables)

    with pytest.raises(InvalidSettings):
        load_settings()


def test_algorithms_follow_from_the_kind_of_key(environment: SetVariables) -> None:
    environment(JWT_SECRET=STRONG)

    assert load_settings().accepted_algorithms == ("HS256",)


def test_settings_cannot_be_changed() -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("db", False)],
)
def test_loopback_addresses_are_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_every_setting_is_described_and_in_the_documentation() -> None:
    page = Path(__file__).parents[2] / "docs" / "settings.md"

    assert all(row.description.endswith(".") for row in setting_rows())
    assert page.read_text() == settings_page(), "write it anew: python -m jobcast.settings_help"
