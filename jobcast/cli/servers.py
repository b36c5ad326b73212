"""`jobcast dev`, `serve` and `worker`: the processes that do the work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TasksOption = Annotated[
    list[str] | None,
    typer.Option("--tasks", metavar="MODULE", help="A module that defines tasks; repeatable."),
]
HostOption = Annotated[str | None, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="The port to listen on.")]
QueueOption = Annotated[
    list[str] | None,
    typer.Option("--queue", metavar="NAME", help="A queue to serve; repeatable."),
]


def dev(
    tasks: TasksOption = None,
    host: HostOption = None,
    port: PortOption = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the data are kept.")] = None,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the console in the browser (on a terminal).")
    ] = False,
) -> None:
    """Start Valkey, a worker, the API and its console in one; Ctrl-C ends all.

    Without tasks of your own, the examples are loaded. Data are kept for the next start.
    """
    import asyncio

    from jobcast.dev import run_dev
    from jobcast.logs import configure_logging
    from jobcast.settings_help import load_settings

    settings = load_settings(tasks=_names(tasks), host=host, port=port, data_dir=data_dir)
    form = "text" if settings.log_format == "auto" else settings.log_format
    configure_logging(settings.log_level, form, "dev")
    asyncio.run(run_dev(settings, open_page=open_page))


def serve(
    tasks: TasksOption = None,
    host: HostOption = None,
    port: PortOption = None,
) -> None:
    """Serve the GraphQL API.

    Any number of these can run, for one Valkey. Unless tokens are configured, only a loopback
    address with JOBCAST_LOCAL_VIEWER is accepted.
    """
    from jobcast.logs import configure_logging
    from jobcast.server import run_server
    from jobcast.settings_help import load_settings

    settings = load_settings(tasks=_names(tasks), host=host, port=port)
    configure_logging(settings.log_level, settings.log_format, "api")
    run_server(settings)


def worker(
    tasks: TasksOption = None,
    queue: QueueOption = None,
    concurrency: Annotated[int | None, typer.Option(help="Jobs at a time, in each queue.")] = None,
) -> None:
    """Run jobs until SIGTERM or Ctrl-C, then let those that run finish.

    Any number of these can run, for one Valkey. A second signal cuts the jobs off; they are run
    again elsewhere.
    """
    import asyncio

    from jobcast.logs import configure_logging
    from jobcast.settings_help import load_settings
    from jobcast.worker import run_worker_process

    settings = load_settings(tasks=_names(tasks), queues=_names(queue), concurrency=concurrency)
    configure_logging(settings.log_level, settings.log_format, "worker")
    asyncio.run(run_worker_process(settings))


def _names(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(values) if values else None
