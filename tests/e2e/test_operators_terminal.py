"""`jobcast queues`, `pause`, `resume`, and `enqueue` of a file, against a real API."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.stack import ROOT, Stack, running_stack

pytestmark = pytest.mark.anyio


async def jobcast(stack: Stack, *words: str) -> tuple[int | None, list[str]]:
    """Exit code of a command, and what it said."""
    command = [sys.executable, "-m", "jobcast", *words, "--url", stack.url]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate()
    return process.returncode, (said + complained).decode().splitlines()


async def test_an_operator_lists_and_pauses_queues_from_the_terminal(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, local_admin="true") as stack:
        await stack.client().enqueue("add", "a: 1")
        paused = await jobcast(stack, "pause", "default")
        listed = await jobcast(stack, "queues")
        resumed = await jobcast(stack, "resume", "default", "--json")
        unknown = await jobcast(stack, "pause", "nowhere")

    assert paused == (0, ["default is paused: 1 waiting, 0 running."])
    assert [line.split() for line in listed[1]] == [
        ["QUEUE", "WAITING", "SCHEDULED", "RUNNING", "WORKERS"],
        ["default", "1", "0", "0", "0", "paused"],
    ]
    assert resumed[0] == 0
    assert '"paused": false' in resumed[1][0]
    assert unknown[0] == 2
    assert "No task has a queue of that name." in unknown[1][-1]


async def test_a_file_is_sent_from_the_terminal_and_its_job_watched(
    valkey_port: int, tmp_path: Path
) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(b"one\ntwo\n")
    async with running_stack(valkey_port, tmp_path) as stack:
        sent = await jobcast(stack, "enqueue", "copy", "--file", f"file={file}", "--watch")
        refused = await jobcast(stack, "enqueue", "add", "--file", f"a={file}")

    assert sent[0] == 0, sent[1]
    assert any("lines.txt" in line or "succeeded" in line.lower() for line in sent[1])
    assert refused[0] == 2
    assert "'a' of add is no file" in refused[1][-1]


async def test_who_is_no_admin_is_told_so(valkey_port: int, tmp_path: Path) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0) as stack:
        listed = await jobcast(stack, "queues")
        paused = await jobcast(stack, "pause", "default")

    assert (listed[0], paused[0]) == (2, 2)
    assert "Only an admin may see the queues." in listed[1][-1]
    assert "Only an admin may pause and resume queues." in paused[1][-1]
