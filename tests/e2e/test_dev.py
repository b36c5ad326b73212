"""`jobcast dev`: one command starts all, one signal ends all, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.dev_process import ROOT, Dev, running_dev
from tests.support.processes import command_of, runs

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TASKS = '''
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from jobcast import JobContext, task

@task
async def double(number: int) -> int:
    """Double a number."""
    return 2 * number

@task
async def wait(job: JobContext, seconds: float) -> str:
    """Wait for some time."""
    await job.progress(0.5, "waiting")
    await asyncio.sleep(seconds)
    return "done"

@task
async def steps() -> AsyncIterator[int]:
    """Count, from when the file `go` is there."""
    while not Path("go").exists():
        await asyncio.sleep(0.01)
    for number in range(20):
        yield number
        await asyncio.sleep(0.1)
'''

ENQUEUE_DOUBLE = """
mutation ($number: Int!) {
  double(input: { number: $number }) { ... on DoubleAccepted { job { id } } }
}
"""
ENQUEUE_STEPS = "mutation { steps { ... on StepsAccepted { job { id } } } }"
ENQUEUE_WAIT = """
mutation { wait(input: { seconds: 60 }) { ... on WaitAccepted { job { id } } } }
"""
JOB = "query ($id: ID!) { job(id: $id) { status attempt ... on DoubleJob { result } } }"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "my_tasks.py").write_text(TASKS)
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_one_signal_ends_all_and_the_next_start_goes_on(
    directory: Path, number: signal.Signals
) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        job_id = await enqueued(dev, ENQUEUE_DOUBLE, "double", number=21)
        await reaches(dev, job_id, "SUCCEEDED")
        code = await dev.end(number)
        gone = await dev.all_gone()

    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        job = (await dev.query(JOB, id=job_id))["job"]

    assert code == 0
    assert gone
    assert job["result"] == 42


async def test_a_running_job_is_given_back_when_it_outlasts_the_drain(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks", JOBCAST_DRAIN_TIMEOUT="100ms") as dev:
        job_id = await enqueued(dev, ENQUEUE_WAIT, "wait")
        await reaches(dev, job_id, "RUNNING")
        await dev.end(signal.SIGINT)

    async with running_dev(directory, "--tasks", "my_tasks", JOBCAST_DRAIN_TIMEOUT="100ms") as dev:
        job = await reaches(dev, job_id, "RUNNING")
        second_attempt_counted = job["attempt"] > 1

    assert not second_attempt_counted


async def test_a_second_signal_does_not_wait(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        job_id = await enqueued(dev, ENQUEUE_WAIT, "wait")
        await reaches(dev, job_id, "RUNNING")

        dev.process.send_signal(signal.SIGINT)
        while "Ending" not in dev.output:
            await asyncio.sleep(0.01)
        code = await dev.end(signal.SIGINT)
        gone = await dev.all_gone()

    assert code == 0
    assert gone


async def test_killing_it_leaves_no_process_behind(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        await dev.end(signal.SIGKILL)
        gone = await dev.all_gone()

    assert gone


async def test_a_worker_that_is_killed_is_started_again(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        for pid in dev.children:
            if command_of(pid).endswith("jobcast worker"):
                os.kill(pid, signal.SIGKILL)
        job_id = await enqueued(dev, ENQUEUE_DOUBLE, "double", number=4)

        job = await reaches(dev, job_id, "SUCCEEDED")

    assert job["result"] == 8
    assert "The worker ended" in dev.output


async def test_the_end_of_valkey_ends_all_with_its_log(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        for pid in dev.children:
            if "valkey-server" in command_of(pid):
                os.kill(pid, signal.SIGTERM)
        async with asyncio.timeout(60):
            code = await dev.process.wait()
        gone = await dev.all_gone()

    assert code == 1
    assert gone
    assert "Valkey ended" in dev.output


async def test_a_taken_port_is_told_and_another_one_used(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        async with running_dev(directory, "--tasks", "my_tasks", "--port", str(port)) as dev:
            answer = await dev.query("{ __typename }")

    assert answer == {"__typename": "Query"}
    assert f"Port {port} is taken" in dev.output


async def test_a_second_one_in_the_directory_is_refused(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        with pytest.raises(AssertionError, match="Another Jobcast"):
            async with running_dev(directory, "--tasks", "my_tasks"):
                pass
        first_still_runs = all(map(runs, dev.children))

    assert first_still_runs


async def test_a_module_that_cannot_be_loaded_ends_all_with_the_reason(directory: Path) -> None:
    with pytest.raises(AssertionError, match="no_such_module"):
        async with running_dev(directory, "--tasks", "no_such_module"):
            pass


async def test_enqueue_and_watch_speak_to_it(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        double = ("enqueue", "double", "--url", dev.url, "--input")
        enqueued_one = await _jobcast(*double, '{"number": 3}', "--watch")
        refused = await _jobcast(*double, '{"number": "x"}')
        later = await _jobcast(*double, '{"number": 3}', "--delay", "20d")
        unknown = await _jobcast("watch", "default.nothing", "--url", dev.url)

    assert enqueued_one.returncode == 0, enqueued_one.stderr
    assert enqueued_one.stdout.splitlines()[-1] == "6"
    assert refused.returncode != 0
    assert later.returncode == 0, later.stderr
    assert unknown.returncode == 2


async def test_watching_goes_on_when_the_api_is_killed(directory: Path) -> None:
    async with running_dev(directory, "--tasks", "my_tasks") as dev:
        job_id = await enqueued(dev, ENQUEUE_STEPS, "steps")
        watching = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "jobcast", "watch", job_id, "--json", "--url", dev.url,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert watching.stdout is not None
        lines = [await watching.stdout.readline()]

        for pid in dev.children:
            if command_of(pid).endswith("jobcast serve"):
                os.kill(pid, signal.SIGKILL)
        (directory / "go").touch()

        async with asyncio.timeout(40):
            lines += (await watching.stdout.read()).splitlines()
            code = await watching.wait()
    events = [json.loads(line) for line in lines]
    offsets = [event["offset"] for event in events if "offset" in event]
    assert code == 0
    assert offsets == list(range(offsets[0], offsets[-1] + 1))
    assert [event["output"] for event in events if "output" in event] == list(range(20))
    assert events[-1] == {"result": None}


async def enqueued(dev: Dev, mutation: str, field: str, **variables: object) -> str:
    data = await dev.query(mutation, **variables)
    job_id: str = data[field]["job"]["id"]
    return job_id


async def reaches(dev: Dev, job_id: str, status: str) -> dict[str, Any]:
    """The job, once it has that status."""
    async with asyncio.timeout(30):
        while True:
            job: dict[str, Any] = (await dev.query(JOB, id=job_id))["job"]
            if job["status"] == status:
                return job
            await asyncio.sleep(0.05)


async def _jobcast(*arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "jobcast", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
