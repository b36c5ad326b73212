"""Child processes of `jobcast dev`: kept running, ended in order, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from jobcast import children
from jobcast.children import Child
from jobcast.errors import ChildFailed
from jobcast.leash import Leash
from tests.support.processes import runs

pytestmark = pytest.mark.anyio

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()) + "\\n")
time.sleep(60)
"""

OBEDIENT = """
import os, signal, sys, time
def end(*_):
    open(sys.argv[1] + ".drained", "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1], "w").write(str(os.getpid()) + "\\n")
time.sleep(60)
"""

COUNTING = """
import sys
with open(sys.argv[1], "a") as file:
    file.write("started\\n")
sys.exit(int(sys.argv[2]))
"""

HOLDER = """
import asyncio, sys
from datetime import timedelta
from jobcast.leash import Leash

async def main():
    async with Leash(timedelta(seconds=5)) as leash:
        for path in sys.argv[2:]:
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", sys.argv[1], path)
            await leash.hold(child.pid)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_child_that_is_told_to_end_may_drain(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    async with running(OBEDIENT, mark) as (_, task):
        pid = await pid_in(mark)
        task.cancel()

    assert (tmp_path / "mark.drained").exists()
    assert not runs(pid)


async def test_a_child_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    async with running(STUBBORN, mark, grace=timedelta(milliseconds=100)) as (_, task):
        pid = await pid_in(mark)
        task.cancel()

    assert not runs(pid)


async def test_hurry_cuts_the_grace_short(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    async with running(STUBBORN, mark, grace=timedelta(minutes=10)) as (hurry, task):
        pid = await pid_in(mark)
        task.cancel()
        hurry.set()

    assert not runs(pid)


async def test_a_child_that_dies_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", timedelta(milliseconds=1))
    mark = tmp_path / "mark"

    async with running(OBEDIENT, mark) as (_, task):
        first = await pid_in(mark)
        os.kill(first, signal.SIGKILL)
        second = await pid_in(mark, other_than=first)
        task.cancel()

    assert second != first


async def test_a_child_that_fails_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", timedelta(milliseconds=1))
    mark = tmp_path / "mark"

    with pytest.raises(ChildFailed, match="5 times in a row, at last with code 7"):
        async with running(COUNTING, mark, "7") as (_, task):
            await task

    assert mark.read_text().count("started") == children.MOST_FAILURES


async def test_a_child_that_says_it_is_used_wrongly_is_not_tried_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    with pytest.raises(ChildFailed, match="it said why above"):
        async with running(COUNTING, mark, "2") as (_, task):
            await task

    assert mark.read_text() == "started\n"


async def test_killing_the_holder_ends_what_it_held_the_newest_first(tmp_path: Path) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, OBEDIENT, str(older), str(newer)
    )
    pids = [await pid_in(older), await pid_in(newer)]

    holder.kill()
    await holder.wait()

    async with asyncio.timeout(10):
        while any(map(runs, pids)):
            await asyncio.sleep(0.01)
    drained = [Path(f"{path}.drained").stat().st_mtime_ns for path in (newer, older)]
    assert drained == sorted(drained)


@asynccontextmanager
async def running(
    program: str, *arguments: str | Path, grace: timedelta = timedelta(seconds=10)
) -> AsyncIterator[tuple[asyncio.Event, asyncio.Task[None]]]:
    """Run a child in a task, which has ended when this ends."""
    hurry = asyncio.Event()
    async with Leash(timedelta(seconds=1)) as leash:
        child = Child(
            "child",
            [sys.executable, "-c", program, *map(str, arguments)],
            os.environ,
            leash=leash,
            grace=grace,
            hurry=hurry,
        )
        try:
            async with asyncio.TaskGroup() as group:
                yield hurry, group.create_task(child.run())
        except* ChildFailed as errors:
            raise errors.exceptions[0] from None


async def pid_in(path: Path, other_than: int | None = None) -> int:
    """The number that the child has written, once it has."""
    async with asyncio.timeout(10):
        while True:
            text = path.read_text() if path.exists() else ""
            if text.endswith("\n") and int(text) != other_than:
                return int(text)
            await asyncio.sleep(0.01)
