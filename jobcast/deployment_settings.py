"""The part of `Settings` that says where things are, what runs, and who may come in."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, PositiveInt, SecretStr, model_validator

from jobcast.setting_types import PREFIX, Duration, Names

# RFC 7518 section 3.2: a key of HS256 has at least the size of its hash.
WEAKEST_SECRET_BYTES = 32


class DeploymentSettings(BaseModel):
    """What differs from one deployment to the next."""

    # Where things are
    redis_url: Annotated[str | None, Field(repr=False)] = Field(
        None,
        description="The Valkey or Redis server: `redis://`, `rediss://`, `unix://` or "
        "`redis+sentinel://host:port,host:port/service/db`; docs/valkey.md has TLS and users. "
        "Unset, `jobcast dev` starts its own.",
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
    trusted_proxies: Names = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks of proxies whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed.",
    )
    host: str = Field("127.0.0.1", description="The address that the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        description="How clients reach the API from outside, `https://jobs.example.org`; it begins "
        "the links to files. Unset, links are relative to the API's own address.",
    )
    console: bool | None = Field(
        None,
        description="Whether the web console is served at `/`, and GraphiQL at `/graphql`: `on` or "
        "`off`. Unset: by `jobcast dev` only.",
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
        timedelta(seconds=20),  # platforms commonly kill after 30
        ge=timedelta(0),
        description="How long running jobs and open requests may take to finish at shutdown. Jobs "
        "that take longer are requeued; requests are given up after 15 s in any case. Keep it "
        "below what your platform waits before it kills.",
    )
    shutdown_notice: Duration = Field(
        timedelta(seconds=1),
        ge=timedelta(0),
        description="How long the API goes on at shutdown while `/readyz` says 503 already, so "
        "that a load balancer that asks it sends no more.",
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
    local_admin: bool = Field(
        default=False,
        description="Whether that viewer is an admin; with `jobcast dev` it is, unless this is "
        "`false`. Those who name another viewer never are.",
    )
    allowed_origins: Names = Field(
        (),
        description="Web origins that may open a WebSocket, beside the API's own.",
    )
    cors_origins: Names = Field(
        (), description="Web origins that may call the API from a browser, beside its own."
    )
    link_secret: SecretStr | None = Field(
        None,
        description="Key that signs links to files and to jobs, at least 32 bytes; the same in all "
        "processes. Unset: a random one, kept in the data directory.",
    )

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
