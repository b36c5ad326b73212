"""Runs ffmpeg as a child process: bounded, followed live, and gone when its caller is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import anyio
import imageio_ffmpeg

from tasks.examples.media.errors import FfmpegFailed
from tasks.examples.media.progress import Encoded, ProgressParser

TERMINATION_GRACE = 2  # seconds from SIGTERM to SIGKILL: ffmpeg needs one to close its files
ERRORS_KEPT = 16 * 1024  # bytes of what it last wrote to stderr
BLOCK = 512  # bytes: the unit of `ulimit -f` (POSIX)

# Limits are set by a shell that then becomes ffmpeg: `preexec_fn` would run Python between fork
# and exec, which can hang in a process with threads. Beside ffmpeg the shell leaves a watcher, at
# a pipe of which only this process has the other end: a line there says that all is well, and its
# closing without one that this process is gone. Then it ends the group, itself included.
_BOUNDED = """
ulimit -c 0 && ulimit -t "$1" && ulimit -f "$2" || exit 1
ulimit -v "$3" 2>/dev/null || :  # not every system can (macOS)
shift 3
exec 3<&0 </dev/null
(read -r line <&3 || kill -KILL -$$) >/dev/null 2>&1 &
exec "$@" 3<&-
"""

# None of the worker's own variables: they hold secrets. The last one keeps glibc from reserving
# 64 MiB of addresses for each thread, which would count as memory.
_ENVIRONMENT = {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1", "MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of ffmpeg may use."""

    # Of all its threads; two of them reach it within half an hour, the task's timeout: so that it
    # ends with a reason, and is not tried once more.
    cpu_time: timedelta = timedelta(minutes=50)
    memory_bytes: int = 4 * 1024**3  # of addresses: 8K film takes 1 to 2 GiB
    file_bytes: int = 4 * 1024**3  # of each file that it writes
    threads: int = 2  # of each codec: other jobs want to run as well, and each takes memory
    # A film that says it plays for weeks, in a few kilobytes, is one picture repeated that long.
    duration: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Finished:
    """How ffmpeg ended."""

    exit_code: int  # negative: the signal that killed it
    errors: str  # the end of what it wrote to stderr


def find_ffmpeg() -> Path:
    """The machine's ffmpeg, else the one that the package imageio-ffmpeg brings.

    Raises:
        FfmpegFailed: There is neither.
    """
    try:
        return Path(shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise FfmpegFailed("No ffmpeg was found on this machine.") from exc


async def run_ffmpeg(
    executable: Path,
    arguments: Sequence[str],
    *,
    folder: Path,
    limits: Limits,
    on_progress: Callable[[Encoded], Awaitable[None]] | None = None,
) -> Finished:
    """Run ffmpeg to its end; `on_progress` follows what it prints to `-progress pipe:1`.

    When the call raises or is cancelled, ffmpeg is ended first (SIGKILL after 2 s). When this
    process is killed, ffmpeg is killed too.
    """
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _BOUNDED,
        "sh",
        str(max(1, int(limits.cpu_time.total_seconds()))),
        str(max(1, limits.file_bytes // BLOCK)),
        str(max(1, limits.memory_bytes // 1024)),  # `ulimit -v` counts KiB
        str(executable),
        "-hide_banner",
        "-nostdin",
        *arguments,
        stdin=PIPE,  # the watcher's; ffmpeg's is closed
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env=_ENVIRONMENT,
        start_new_session=True,  # a process group of its own, to be ended as one
    )
    try:
        async with asyncio.TaskGroup() as group:
            errors = group.create_task(_tail(cast("StreamReader", process.stderr)))
            await _follow(cast("StreamReader", process.stdout), on_progress)
        await _dismiss_watcher(cast("StreamWriter", process.stdin))
        return Finished(await process.wait(), errors.result().decode("utf-8", "replace"))
    finally:
        if process.returncode is None:
            await _end(process)


async def _follow(
    output: StreamReader, on_progress: Callable[[Encoded], Awaitable[None]] | None
) -> None:
    parser = ProgressParser()
    while data := await output.read(4096):
        for encoded in parser.feed(data):
            if on_progress is not None:
                await on_progress(encoded)


async def _tail(errors: StreamReader) -> bytes:
    kept = b""
    while data := await errors.read(4096):
        kept = (kept + data)[-ERRORS_KEPT:]
    return kept


async def _dismiss_watcher(pipe: StreamWriter) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it was killed with the others
        pipe.write(b"\n")
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()


async def _end(process: Process) -> None:
    with anyio.CancelScope(shield=True):
        _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(TERMINATION_GRACE):
                await _ended(process)
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await _ended(process)
        finally:  # also when cancelled once more while waiting
            if process.returncode is None:
                _signal(process, signal.SIGKILL)
                await _ended(process)  # at once: nothing survives that


async def _ended(process: Process) -> None:
    # What nobody reads would block ffmpeg, and asyncio waits for the end of its output too.
    async with asyncio.TaskGroup() as group:
        group.create_task(_tail(cast("StreamReader", process.stdout)))
        group.create_task(_tail(cast("StreamReader", process.stderr)))
        await process.wait()
    await _dismiss_watcher(cast("StreamWriter", process.stdin))


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
