"""`Settings`: all that a deployment can choose, read from `JOBCAST_*` variables.

This is the only module that reads the environment; everything below takes plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import ConfigDict, Field, SecretStr

from jobcast.deployment_settings import DeploymentSettings
from jobcast.limit_settings import LimitSettings
from jobcast.setting_types import PREFIX, Duration


class Settings(LimitSettings, DeploymentSettings):
    """One immutable object for a process's life; see `load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # Live connections
    ping_interval: Duration = Field(
        timedelta(seconds=20),
        gt=timedelta(0),
        description="How often an idle connection is pinged; proxies cut at 60 s or later.",
    )
    client_stall_timeout: Duration = Field(
        timedelta(seconds=30),
        gt=timedelta(0),
        description="How long a client may read nothing while events wait for it; then its "
        "connection is closed (4408), and its cursor still works.",
    )
    websocket_compression: bool = Field(
        default=False,
        description="Whether WebSocket clients that offer it get permessage-deflate. It costs 35 "
        "to 90 KiB of memory a connection, and each message is made and compressed for each "
        "client, instead of once for all.",
    )

    # Links and mail
    link_ttl: Duration = Field(
        timedelta(hours=1), gt=timedelta(0), description="How long a link to a file works."
    )
    watch_link_ttl: Duration = Field(
        timedelta(days=7),
        ge=timedelta(seconds=1),
        description="How long a link to watch a job works at most, and when it says nothing else.",
    )
    smtp_host: str | None = Field(
        None, description="Mail server of the example tasks. Unset: they send no mail."
    )
    smtp_port: int = Field(1025, ge=1, le=65535, description="Its port; 1025 is the catchers'.")

    # Logs
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important log lines that are written."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="`text` for people, `json` for machines; `auto` asks the terminal."
    )

    # The command line as a client
    url: str = Field(
        "http://127.0.0.1:8000/graphql",
        description="The API that `jobcast enqueue` and `jobcast watch` speak to.",
    )
    token: SecretStr | None = Field(None, description="The token that they present.")


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment for a child, with some settings changed.

    Args:
        changes: Values by the settings' names (`redis_url`), as they are written.
    """
    return {
        **os.environ,
        **{PREFIX + name.upper(): value for name, value in changes.items()},
    }


def values_in_environment() -> dict[str, str]:
    """What the environment says, by the settings' names; an empty variable says nothing."""
    return {
        name: value
        for name in Settings.model_fields
        if (value := os.environ.get(PREFIX + name.upper()))
    }


def names_in_environment() -> list[str]:
    """All `JOBCAST_*` variables that are set, known or not."""
    return sorted(name for name in os.environ if name.startswith(PREFIX))
