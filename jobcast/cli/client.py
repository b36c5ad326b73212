"""`jobcast enqueue` and `jobcast watch`: the public API, from the terminal.

Exit codes: 0 succeeded (or accepted), 1 failed, 2 refused or used wrongly, 3 cancelled,
4 the server cannot be reached, 130 interrupted (the job goes on).
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobcast.cli import EXIT_FAILED

if TYPE_CHECKING:
    from jobcast.cli.api import Api
    from jobcast.cli.introspection import ServedSchema

EXIT_CANCELLED = 3
EXIT_INTERRUPTED = 130

_EXIT_CODES = {"SUCCEEDED": 0, "FAILED": EXIT_FAILED, "CANCELLED": EXIT_CANCELLED}

UrlOption = Annotated[str | None, typer.Option(help="The API's address (JOBCAST_URL).")]
TokenOption = Annotated[
    str | None, typer.Option(help="The token to present; safer is JOBCAST_TOKEN.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON lines, for scripts.")]
PatienceOption = Annotated[
    str, typer.Option(help="How long to try to come back after a dropped connection.")
]


def enqueue(
    task: Annotated[str, typer.Argument(help="The task: transcode_video or transcodeVideo.")],
    input: Annotated[
        str, typer.Option("--input", "-i", help="Arguments as JSON; @FILE, or - for stdin.")
    ] = "{}",
    file: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="ARGUMENT=PATH", help="Upload a file; repeatable."),
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Calls with the same key make one job.")
    ] = None,
    delay: Annotated[str | None, typer.Option(help="Run it after this time: 30s, 5m.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag to list by; repeatable.")] = None,
    watcher: Annotated[
        list[str] | None, typer.Option(help="A viewer who may watch; repeatable.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Watch it to its end.")] = False,
    as_json: JsonOption = False,
    patience: PatienceOption = "60s",
    url: UrlOption = None,
    token: TokenOption = None,
) -> None:
    """Enqueue a job, and print its id."""
    from jobcast.cli import operations
    from schema.durations import format_duration

    options = {
        "idempotencyKey": idempotency_key,
        "delay": format_duration(_duration(delay, "--delay")) if delay else None,
        "tags": tag,
        "watchers": watcher,
    }
    arguments = _arguments(input)
    files = _files(file or [])

    async def run() -> int:
        async with open_api(url, token) as api:
            schema = await _load_schema(api)
            accepted = await operations.enqueue(
                api,
                schema,
                task,
                arguments,
                {name: value for name, value in options.items() if value},
                files,
            )
            job = accepted["job"]
            if not watch:
                typer.echo(json.dumps(accepted) if as_json else job["id"])
                return 0
            # From here on, so that nothing is missed; one that was there already may have ended.
            after = None if accepted["deduplicated"] else job["cursor"]
            limit = _duration(patience, "--patience")
            return await _watch(api, schema, job, as_json, limit, after)

    finish(run())


def watch(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job.")],
    after: Annotated[str | None, typer.Option(help="A cursor: show what came after it.")] = None,
    as_json: JsonOption = False,
    patience: PatienceOption = "60s",
    url: UrlOption = None,
    token: TokenOption = None,
) -> None:
    """Watch a job to its end, resuming over dropped connections.

    Exits with 0 when it succeeded, 1 when it failed, 3 when it was cancelled.
    """
    from jobcast.cli import operations

    async def run() -> int:
        async with open_api(url, token) as api:
            job = await operations.find_job(api, job_id)
            schema = await _load_schema(api)
            limit = _duration(patience, "--patience")
            return await _watch(api, schema, job, as_json, limit, after)

    finish(run())


async def _watch(
    api: Api,
    schema: ServedSchema,
    job: dict[str, Any],
    as_json: bool,
    patience: timedelta,
    after: str | None = None,
) -> int:
    from jobcast.cli import operations
    from jobcast.cli.display import Display, JsonDisplay, TerminalDisplay
    from jobcast.cli.live import follow

    title = job["__typename"].removesuffix("Job")
    display: Display = JsonDisplay() if as_json else TerminalDisplay(title)
    if not as_json:
        typer.echo(f"{title} {job['id']}")
    with display:
        async for event in follow(
            api.url,
            api.token,
            operations.subscription(schema, job["__typename"]),
            job["id"],
            after=after,
            patience=patience,
            on_drop=display.dropped,
        ):
            display.event(event)
            job = event["job"]
    if job["status"] == "SUCCEEDED":
        display.result(await operations.result(api, schema, job))
    return _EXIT_CODES.get(job["status"], EXIT_FAILED)


def open_api(url: str | None, token: str | None) -> Api:
    """The API that the options, or the settings, name; enter it before use."""
    from jobcast.cli.api import Api
    from jobcast.settings_help import load_settings

    settings = load_settings(url=url, token=token)
    return Api(settings.url, settings.token.get_secret_value() if settings.token else None)


async def _load_schema(api: Api) -> ServedSchema:
    from jobcast.cli.introspection import ServedSchema

    return await ServedSchema.load(api)


def finish(run: Any) -> None:
    """Run a command's coroutine, and leave with the exit code that it gives."""
    import asyncio

    try:
        code = asyncio.run(run)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped watching; the job goes on.\n")
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


def _arguments(text: str) -> dict[str, Any]:
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        path = Path(text[1:])
        if not path.is_file():
            raise typer.BadParameter(f"There is no file {path}.", param_hint="--input")
        text = path.read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError as exc:
        raise typer.BadParameter(f"Not JSON: {exc}", param_hint="--input") from None
    if not isinstance(value, dict):
        raise typer.BadParameter("Must be a JSON object.", param_hint="--input")
    return value


def _files(values: list[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for value in values:
        name, separator, given = value.partition("=")
        path = Path(given)
        if not (name and separator and given):
            problem = f"'{value}' is no ARGUMENT=PATH, such as video=holiday.mov."
        elif name in files:
            problem = f"'{name}' is given twice: {files[name]} and {path}."
        elif path.is_dir():
            problem = f"{path}, for '{name}', is a folder; name a file in it."
        elif not path.is_file():
            problem = f"There is no file {path} for '{name}'."
        elif not os.access(path, os.R_OK):
            problem = f"You may not read the file {path} for '{name}'."
        else:
            files[name] = path
            continue
        raise typer.BadParameter(problem, param_hint="--file")
    return files


def _duration(text: str, option: str) -> timedelta:
    from pydantic import TypeAdapter, ValidationError

    from jobcast.setting_types import Duration

    try:
        duration: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError as exc:
        raise typer.BadParameter(str(exc.errors()[0]["msg"]), param_hint=option) from None
    return duration
