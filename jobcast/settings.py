"""`Settings`: all that a deployment can choose, read from `JOBCAST_*` variables.

This is the only module that reads the environment; everything below takes plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobcast.setting_types import Duration, Names, Size

PREFIX = "JOBCAST_"

# RFC 7518 section 3.2: a key of HS256 has at least the size of its hash.
WEAKEST_SECRET_BYTES = 32

KIB, MIB, GIB = 1024, 1024**2, 1024**3


class Settings(BaseSettings):
    """One immutable object for a process's life; see `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    # Where things are
    redis_url: Annotated[str | None, Field(repr=False)] = Field(
        None,
        description="The Valkey or Redis server: `redis://`, `rediss://`, `unix://` or "
        "`redis+sentinel://host:port,host:port/service/db`. Unset, `jobcast dev` starts its own.",
    )
    data_dir: Path = Field(
        Path(".jobcast"), description="Where the embedded Valkey, and local files, are kept."
    )
    files_url: str | None = Field(
        None,
        repr=False,
        description="Where files are stored: `file:///path`, `s3://bucket/prefix`, `gs://…` or "
        "`az://…`. Unset: the folder `files` in the data directory.",
    )
    host: str = Field("127.0.0.1", description="The address that the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        description="How clients reach the API from outside, `https://jobs.example.org`; it begins "
        "the links to files. Unset, links are relative to the API's own address.",
    )

    # Tasks and the worker
    tasks: Names = Field(
        (), description="Modules that define tasks, with commas between. All roles need the same."
    )
    queues: Names = Field(
        (), description="Queues that a worker serves. Unset: those of the loaded tasks."
    )
    concurrency: PositiveInt = Field(
        10, le=1000, description="Jobs that one worker process runs at a time."
    )
    lease: Duration = Field(
        timedelta(seconds=6),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),  # LONGEST_LEASE_MS in sweep.lua
        description="How long a worker that gives no sign of life still counts as alive; then "
        "others take over its jobs. Shorter risks doing work twice after a hiccup.",
    )
    drain_timeout: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(0),
        description="How long running jobs and open requests may take to finish at shutdown. Jobs "
        "that take longer are requeued. Keep it below what your platform waits before it kills.",
    )
    idempotency_lifetime: Duration = Field(
        timedelta(days=1),
        gt=timedelta(0),
        description="How long an idempotency key is remembered.",
    )

    # Who may come in
    jwt_secret: SecretStr | None = Field(
        None, description="Key of HS256 tokens, at least 32 bytes. Excludes `JOBCAST_JWKS_URL`."
    )
    jwks_url: str | None = Field(
        None, description="Where the public keys of RS, ES or EdDSA tokens are published."
    )
    jwt_issuer: str | None = Field(None, description="The `iss` that tokens must have.")
    jwt_audience: str | None = Field(None, description="The `aud` that tokens must have.")
    jwt_algorithms: Names = Field(
        (),
        description="Accepted algorithms. Unset: HS256 with a secret; RS256, ES256 and EdDSA "
        "with a JWKS URL.",
    )
    local_viewer: str | None = Field(
        None,
        description="Signs in everyone as this viewer, without a token. For development, on a "
        "loopback address only; `jobcast dev` sets it.",
    )
    allowed_origins: Names = Field(
        (),
        description="Web origins that may open a WebSocket, beside the API's own.",
    )
    cors_origins: Names = Field(
        (), description="Web origins that may call the API from a browser, beside its own."
    )

    # Limits: generous for people, small against what would hurt the process
    connections_per_viewer: PositiveInt = Field(
        50, description="WebSocket and SSE connections that one viewer may hold in one process."
    )
    subscriptions_per_connection: PositiveInt = Field(
        100, description="Subscriptions at a time on one WebSocket."
    )
    message_bytes: Size = Field(
        Size(256 * KIB), description="Largest WebSocket message and largest JSON request body."
    )
    input_bytes: Size = Field(
        Size(128 * KIB), description="Largest input of a job, as JSON; put more into a file."
    )
    upload_bytes: Size = Field(Size(2 * GIB), description="Largest upload, all files together.")
    query_depth: PositiveInt = Field(
        15, description="Deepest nesting of a query (the introspection query needs 13)."
    )
    query_tokens: PositiveInt = Field(2000, description="Most tokens in a GraphQL document.")
    query_aliases: PositiveInt = Field(30, description="Most aliases in a GraphQL document.")
    init_timeout: Duration = Field(
        timedelta(seconds=10),
        gt=timedelta(0),
        description="How long a WebSocket may stay silent before `connection_init`.",
    )
    waiting_jobs_per_viewer: PositiveInt = Field(
        1000, description="Jobs of one viewer in one queue that have not ended."
    )
    enqueues_per_minute: PositiveInt = Field(
        600, description="Jobs that one viewer may enqueue in a minute, in one queue."
    )

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

    # Links and mail
    link_secret: SecretStr | None = Field(
        None,
        description="Key that signs links to files, at least 32 bytes; the same in all processes. "
        "Unset: a random one, kept in the data directory.",
    )
    link_ttl: Duration = Field(
        timedelta(hours=1), gt=timedelta(0), description="How long a link to a file works."
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

    @property
    def authenticates(self) -> bool:
        """Whether tokens can be verified."""
        return self.jwt_secret is not None or self.jwks_url is not None

    @property
    def accepted_algorithms(self) -> tuple[str, ...]:
        """Algorithms of tokens, with the defaults filled in."""
        if self.jwt_algorithms:
            return self.jwt_algorithms
        return ("HS256",) if self.jwt_secret else ("RS256", "ES256", "EdDSA")

    @property
    def loopback(self) -> bool:
        """Whether the API can be reached from this machine only."""
        return is_loopback(self.host)

    @model_validator(mode="after")
    def _check_identity(self) -> Self:
        for name in ("jwt_secret", "link_secret"):
            secret: SecretStr | None = getattr(self, name)
            if secret and len(secret.get_secret_value().encode()) < WEAKEST_SECRET_BYTES:
                raise ValueError(
                    f"{PREFIX}{name.upper()} is too weak: it needs at least 32 bytes, such as "
                    "those of `openssl rand -hex 32`"
                )
        if self.jwt_secret and self.jwks_url:
            # A public key must never be tried as a secret, nor a secret beside public keys.
            raise ValueError(f"set {PREFIX}JWT_SECRET or {PREFIX}JWKS_URL, not both")
        symmetric = {name for name in self.jwt_algorithms if name.upper().startswith("HS")}
        if "none" in map(str.lower, self.jwt_algorithms):
            raise ValueError(f"{PREFIX}JWT_ALGORITHMS: `none` would accept unsigned tokens")
        if (self.jwt_secret and set(self.jwt_algorithms) - symmetric) or (
            self.jwks_url and symmetric
        ):
            raise ValueError(
                f"{PREFIX}JWT_ALGORITHMS: HS algorithms go with {PREFIX}JWT_SECRET, the others "
                f"with {PREFIX}JWKS_URL"
            )
        if self.jwks_url:
            url = urlsplit(self.jwks_url)
            if url.scheme != "https" and not (
                url.scheme == "http" and is_loopback(url.hostname or "")
            ):
                raise ValueError(f"{PREFIX}JWKS_URL must be https, or http on this machine")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment for a child, with some settings changed.

    Args:
        changes: Values by the settings' names (`redis_url`), as they are written.
    """
    return {
        **os.environ,
        **{PREFIX + name.upper(): value for name, value in changes.items()},
    }


def names_in_environment() -> list[str]:
    """All `JOBCAST_*` variables that are set, known or not."""
    return sorted(name for name in os.environ if name.startswith(PREFIX))
