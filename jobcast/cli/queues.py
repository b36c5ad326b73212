"""`jobcast queues`, `pause` and `resume`: an operator's commands, over the public API.

Exit codes: 0 done, 2 refused or used wrongly, 4 the server cannot be reached.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from jobcast.cli.client import JsonOption, TokenOption, UrlOption, finish, open_api

_FIELDS = "name paused waiting scheduled running workerCount"
_LIST = f"query Queues {{ queues {{ {_FIELDS} }} }}"
_HEADINGS = ("QUEUE", "WAITING", "SCHEDULED", "RUNNING", "WORKERS", "")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The queue.")]


def queues(as_json: JsonOption = False, url: UrlOption = None, token: TokenOption = None) -> None:
    """List the queues: what waits and runs, and who works (for admins)."""

    async def run() -> int:
        async with open_api(url, token) as api:
            listed = (await api.execute(_LIST, {}))["queues"]
        for line in map(json.dumps, listed) if as_json else _table(listed):
            typer.echo(line)
        return 0

    finish(run())


def pause(
    name: NameArgument,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token: TokenOption = None,
) -> None:
    """Let workers begin no more jobs of a queue; those that run go on (for admins)."""
    _change("pauseQueue", "PauseQueueAccepted", name, as_json, url, token)


def resume(
    name: NameArgument,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token: TokenOption = None,
) -> None:
    """Let workers begin the jobs of a paused queue again (for admins)."""
    _change("resumeQueue", "ResumeQueueAccepted", name, as_json, url, token)


def _change(
    field: str, accepted: str, name: str, as_json: bool, url: str | None, token: str | None
) -> None:
    from jobcast.cli.operations import EXIT_REFUSED
    from jobcast.errors import ClientError

    document = (
        f"mutation Change($name: String!) {{ {field}(input: {{name: $name}}) {{ "
        f"... on {accepted} {{ queue {{ {_FIELDS} }} }} ... on Problem {{ message }} }} }}"
    )

    async def run() -> int:
        async with open_api(url, token) as api:
            payload = (await api.execute(document, {"name": name}))[field]
        if "queue" not in payload:
            raise ClientError(payload["message"], EXIT_REFUSED)
        queue = payload["queue"]
        state = "is paused" if queue["paused"] else "is not paused"
        typer.echo(
            json.dumps(queue)
            if as_json
            else f"{name} {state}: {queue['waiting']} waiting, {queue['running']} running."
        )
        return 0

    finish(run())


def _table(listed: list[dict[str, Any]]) -> list[str]:
    rows = [
        _HEADINGS,
        *(
            (
                queue["name"],
                str(queue["waiting"]),
                str(queue["scheduled"]),
                str(queue["running"]),
                str(queue["workerCount"]),
                "paused" if queue["paused"] else "",
            )
            for queue in listed
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place in {0, len(row) - 1} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
