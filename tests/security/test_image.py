"""The image: built from the lock alone, run by a user without rights, writes to one place."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from tests.support.dockerfile import ROOT, Image, python_for_all
from tests.support.graphql import GraphQLClient
from tests.support.stack import free_port
from tests.support.tokens import SECRET, token

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(400)]

USER = 10001 if os.geteuid() == 0 else None
TASKS = """
from pathlib import Path
from tempfile import gettempdir
from jobcast import JobContext, task

@task
async def where(job: JobContext) -> str:
    file = await job.files.upload(Path(__file__), name="x", content_type="text/plain")
    return f"{__file__} {file.name} {gettempdir()}"
"""
RESULT = "query($id: ID!) { job(id: $id) { ... on WhereJob { result } } }"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everyone can look into, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="jobcast-image-"))
    path.chmod(0o755)
    yield path
    for directory in path.rglob("*/"):
        directory.chmod(0o755)
    shutil.rmtree(path)


def test_the_build_sees_no_more_than_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.M)

    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert allowed == {name for line in copied for name in line.split()}


async def test_it_runs_as_a_user_without_rights_and_writes_to_its_data_only(
    folder: Path, valkey_port: int
) -> None:
    if (python := python_for_all(USER)) is None:
        pytest.skip("no interpreter that another user can run")
    image = Image(folder, python, USER)
    image.build()
    (image.workdir / "my_tasks.py").write_text(TASKS)
    for path in [folder, *folder.rglob("*/")]:
        if path.is_dir() and path != image.data:  # files are shared with the cache
            path.chmod(0o555)
    before = contents(folder)
    port = free_port()
    environment = {
        **image.environment,
        "JOBCAST_HOST": "127.0.0.1",
        "JOBCAST_PORT": str(port),
        "JOBCAST_REDIS_URL": f"redis://127.0.0.1:{valkey_port}",
        "JOBCAST_TASKS": "my_tasks",
        "JOBCAST_JWT_SECRET": SECRET,
    }

    async with AsyncExitStack() as exits:
        running = []
        for command in (image.command, ["worker"]):
            process = await asyncio.create_subprocess_exec(
                *image.entrypoint, *command, cwd=image.workdir, env=environment, user=USER
            )
            exits.push_async_callback(end, process)
            running.append(process)
        async with asyncio.timeout(30):
            while await run(image.health_check, environment) != 0:
                await asyncio.sleep(0.2)  # each try is a process
        client = GraphQLClient(port, None, token())
        id = await client.enqueue("where", "")
        events = await client.watch(id)
        data = await client.execute(RESULT, id=id)
        for process in running:
            process.send_signal(getattr(signal, image.stop_signal))
        async with asyncio.timeout(30):
            codes = [await process.wait() for process in running]

    assert events[-1]["job"]["status"] == "SUCCEEDED"
    assert data["job"]["result"] == f"{image.workdir}/my_tasks.py x {image.data}"
    # uvicorn ends by the signal that told it to; as a container's first process it cannot, and
    # returns.
    assert set(codes) <= {0, -signal.SIGTERM}
    assert contents(folder) == before
    assert {path.name for path in image.data.iterdir()} == {"files", "link.key"}


def contents(folder: Path) -> set[Path]:
    """All that is there, but for the data."""
    return {path for path in folder.rglob("*") if path.relative_to(folder).parts[0] != "data"}


async def run(command: list[str], environment: dict[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, user=USER, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
