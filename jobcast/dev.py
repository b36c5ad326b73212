"""`jobcast dev`: Valkey, a worker and the API as one process tree, with one Ctrl-C.

Started in that order. Ctrl-C, SIGTERM or a closed terminal ends the API and the worker, which
drain, and then Valkey; a second signal does not wait. A worker or API that dies is started
again, with pauses; when that does not help, or when Valkey itself ends, everything ends with the
reason. Killing this process ends all the others as well (see `jobcast.leash`).
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import webbrowser
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

from jobcast.children import Child
from jobcast.embedded import EmbeddedValkey
from jobcast.errors import JobcastError
from jobcast.exposure import check_exposure
from jobcast.leash import Leash
from jobcast.settings import Settings, environment_with

logger = logging.getLogger("jobcast.dev")

EXAMPLES = "tasks.examples"
LOCAL_VIEWER = "local"

# Beyond the drain itself: a task's last words (5 s), closing files and connections.
GRACE_BEYOND_DRAIN = timedelta(seconds=10)
_POLL = 0.05  # seconds


async def run_dev(settings: Settings, *, open_page: bool) -> None:
    """Run everything until a signal comes.

    Raises:
        JobcastError: Something could not be started, or kept running.
    """
    settings = _for_development(settings)
    check_exposure(settings)
    stop, hurry = asyncio.Event(), asyncio.Event()
    _stop_on_signals(stop, hurry)
    grace = settings.drain_timeout + GRACE_BEYOND_DRAIN
    async with AsyncExitStack() as stack:
        leash = await stack.enter_async_context(Leash(grace))
        valkey: EmbeddedValkey | None = None
        if settings.redis_url is None:
            valkey = EmbeddedValkey(settings.data_dir / "valkey", leash)
            await stack.enter_async_context(valkey)
        settings = settings.model_copy(update={"port": _usable_port(settings)})
        environment = environment_with(_child_settings(settings, valkey))
        children = [
            Child(
                name,
                [sys.executable, "-m", "jobcast", command],
                environment,
                leash=leash,
                grace=grace,
                hurry=hurry,
            )
            for name, command in (("worker", "worker"), ("API", "serve"))
        ]
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(child.run()) for child in children]
                running.append(group.create_task(_announce(settings, open_page=open_page)))
                if valkey is not None:
                    running.append(group.create_task(_until_it_ends(valkey, hurry)))
                await stop.wait()
                for task in running:
                    task.cancel()
        except* JobcastError as errors:
            raise _first(errors) from None


async def _until_it_ends(valkey: EmbeddedValkey, hurry: asyncio.Event) -> None:
    try:
        await valkey.wait()
    except JobcastError as exc:
        # There is nothing left to drain into; the next start goes on with what was stored.
        logger.error("%s Ending the rest at once.", exc)
        hurry.set()
        raise


def _for_development(settings: Settings) -> Settings:
    changes: dict[str, object] = {"data_dir": settings.data_dir.resolve()}
    if not settings.tasks:
        changes["tasks"] = (EXAMPLES,)
    if not settings.authenticates and settings.local_viewer is None:
        changes["local_viewer"] = LOCAL_VIEWER
    if "local_admin" not in settings.model_fields_set:
        changes["local_admin"] = True  # there is nobody else to look after the queues
    if settings.console is None:
        changes["console"] = True
    if settings.log_format == "auto":
        changes["log_format"] = "text"
    return settings.model_copy(update=changes)


def _stop_on_signals(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    def on_signal() -> None:
        if stop.is_set():
            hurry.set()
            return
        sys.stderr.write("\nEnding: what runs may finish (once more to kill it).\n")
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)


def _usable_port(settings: Settings) -> int:
    try:
        return _try_port(settings.host, settings.port)
    except OSError:
        port = _try_port(settings.host, 0)
        logger.warning("Port %d is taken; using %d", settings.port, port)
        return port


def _try_port(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        probe.bind((host, port))
        chosen: int = probe.getsockname()[1]
        return chosen


def _child_settings(settings: Settings, valkey: EmbeddedValkey | None) -> dict[str, str]:
    changes = {
        "data_dir": str(settings.data_dir),
        "host": settings.host,
        "port": str(settings.port),
        "tasks": ",".join(settings.tasks),
        "log_format": settings.log_format,
        "console": "on" if settings.console else "off",
        "shutdown_notice": "0s",  # nobody balances load here
    }
    if settings.public_url is None:  # so that links can be clicked in a terminal
        changes["public_url"] = _address(settings)
    if valkey is not None:
        changes["redis_url"] = valkey.url
    if settings.local_viewer is not None:
        changes["local_viewer"] = settings.local_viewer
        changes["local_admin"] = str(settings.local_admin).lower()
    return changes


async def _announce(settings: Settings, *, open_page: bool) -> None:
    host, port = settings.host, settings.port
    while True:
        # The API listens only when all of it is ready.
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            break
        await asyncio.sleep(_POLL)
    sys.stdout.write(_welcome(settings))
    sys.stdout.flush()
    if open_page and sys.stdout.isatty():
        await asyncio.to_thread(webbrowser.open, _address(settings))


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _welcome(settings: Settings) -> str:
    page = f"{_address(settings)}/graphql"
    lines = ["", "Jobcast is running. Ctrl-C ends it.", ""]
    if settings.console:
        lines.append(f"  Console    {_address(settings)}/")
    lines.append(f"  GraphiQL   {page}" if settings.console else f"  API        {page}")
    if settings.redis_url is None:
        lines.append(f"  Data       {settings.data_dir}, kept for the next start")
    if settings.local_viewer is not None:
        lines.append(
            f"  Viewer     everyone on this machine is signed in as '{settings.local_viewer}'"
            f"{', an admin,' if settings.local_admin else ','} without a token. For development "
            "only!"
        )
    lines += ["", "Try it, in another shell:", "", f"  {_example(settings, page)}", "", ""]
    return "\n".join(lines)


def _example(settings: Settings, page: str) -> str:
    elsewhere = "" if page == Settings.model_fields["url"].default else f" --url {page}"
    if EXAMPLES not in settings.tasks:
        return f"jobcast enqueue TASK --input '{{…}}' --watch{elsewhere}"
    route = (
        '{"route": [{"latitude": 52.5251, "longitude": 13.3694}, '
        '{"latitude": 52.5219, "longitude": 13.4132}], "timeScale": 30}'
    )
    return f"jobcast enqueue track_ride --input '{route}' --watch{elsewhere}"


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
