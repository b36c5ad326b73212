"""ffmpeg when its worker is killed, and can no longer end it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio

WORKER = """
import asyncio, sys
from pathlib import Path
from tasks.examples.media.ffmpeg import Limits, find_ffmpeg, run_ffmpeg

async def told(encoded):
    print("encoding", flush=True)

async def main():
    await run_ffmpeg(
        find_ffmpeg(),
        ["-v", "error", "-nostats", "-progress", "pipe:1", "-stats_period", "0.1", "-re",
         "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=5", "-f", "null", "-"],
        folder=Path(sys.argv[1]), limits=Limits(), on_progress=told,
    )

asyncio.run(main())
"""


def running_in(folder: Path) -> list[str]:
    """Processes whose current folder is `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_ffmpeg_does_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    await worker.stdout.readline()
    assert running_in(tmp_path) != []

    worker.send_signal(signal.SIGKILL)
    await worker.wait()

    async with asyncio.timeout(10):
        while running_in(tmp_path):
            await asyncio.sleep(0.02)
