"""`jobcast schema` and `jobcast token`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jobcast.cli.servers import TasksOption


def schema(
    tasks: TasksOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here instead of stdout.")
    ] = None,
) -> None:
    """Print the GraphQL schema (SDL) of the tasks; of the examples when none are named."""
    from jobcast.dev import EXAMPLES
    from jobcast.graphql import print_schema
    from jobcast.settings_help import load_settings
    from jobcast.task_modules import load_tasks

    settings = load_settings(tasks=tuple(tasks) if tasks else None)
    sdl = print_schema(load_tasks(settings.tasks or (EXAMPLES,)))
    if output is None:
        typer.echo(sdl, nl=False)
    else:
        output.write_text(sdl, encoding="utf-8")


def token(
    sub: Annotated[str, typer.Option(help="The viewer that it stands for.")],
    admin: Annotated[bool, typer.Option("--admin", help="Let it see every job.")] = False,
    ttl: Annotated[str, typer.Option(help="How long it is valid: 30m, 12h, 7d.")] = "1h",
) -> None:
    """Sign a token for development with JOBCAST_JWT_SECRET, and print it."""
    import jwt
    from pydantic import TypeAdapter, ValidationError

    from jobcast.errors import InvalidSettings
    from jobcast.setting_types import Duration
    from jobcast.settings_help import load_settings

    settings = load_settings()
    if settings.jwt_secret is None:
        raise InvalidSettings(["JOBCAST_JWT_SECRET is not set: there is nothing to sign with"])
    try:
        lifetime = TypeAdapter(Duration).validate_python(ttl)
    except ValidationError as exc:
        raise typer.BadParameter(str(exc.errors()[0]["msg"]), param_hint="--ttl") from None
    now = datetime.now(UTC)
    claims: dict[str, Any] = {"sub": sub, "iat": now, "exp": now + lifetime}
    if admin:
        claims["scope"] = "admin"
    if settings.jwt_issuer:
        claims["iss"] = settings.jwt_issuer
    if settings.jwt_audience:
        claims["aud"] = settings.jwt_audience
    algorithm = settings.accepted_algorithms[0]
    typer.echo(jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm=algorithm))
