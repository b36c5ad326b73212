"""What README tells to type into a shell, typed; and its client, run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from jobcast.dev import EXAMPLES
from tests.support.graphql import GraphQLClient
from tests.support.stack import ROOT, Stack, running_stack
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.anyio

# In README the command is on the PATH, the server at its usual port, and the id an example.
JOBCAST = f'jobcast() {{ "{sys.executable}" -m jobcast "$@"; }}\n'
SERVER = "http://127.0.0.1:8000"
EXAMPLE_ID = "rides.0193a5f2-…"


async def test_the_commands_for_any_http_client_do_what_they_say(
    valkey_port: int, tmp_path: Path
) -> None:
    (commands,) = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    sign, enqueue, watch, upload = commands.split("\n\n")
    (tmp_path / "holiday.mov").write_text("no film")

    async with running_stack(
        valkey_port, tmp_path, tasks=EXAMPLES, jwt_secret=SECRET, local_viewer=""
    ) as stack:
        enqueued = json.loads(await typed(stack, tmp_path, sign, enqueue))
        id: str = enqueued["data"]["trackRide"]["job"]["id"]
        assert EXAMPLE_ID in watch
        events = await typed(stack, tmp_path, sign, watch.replace(EXAMPLE_ID, id))
        uploaded = json.loads(await typed(stack, tmp_path, sign, upload))

    results = [json.loads(line[6:]) for line in events.splitlines() if line.startswith("data: {")]
    assert results[-1]["data"]["job"]["job"]["status"] == "SUCCEEDED"
    assert events.endswith("event: complete\ndata:\n\n")
    assert uploaded["data"]["transcodeVideo"]["job"]["id"]


async def test_the_client_in_python_sees_a_job_to_its_end(valkey_port: int, tmp_path: Path) -> None:
    _, client = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    async with running_stack(valkey_port, tmp_path, jwt_secret=SECRET, local_viewer="") as stack:
        signed = token()
        id = await GraphQLClient(stack.port, None, signed).enqueue("add", "a: 1")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            client,
            id,
            env={**os.environ, "JOBCAST_URL": stack.url, "JOBCAST_TOKEN": signed},
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            printed, _ = await process.communicate()

    assert process.returncode == 0
    assert "'status': 'SUCCEEDED'" in printed.decode().splitlines()[-1]


async def typed(stack: Stack, folder: Path, *commands: str) -> str:
    """What the commands print, one after the other in one shell."""
    script = "\n".join([JOBCAST, *commands]).replace(SERVER, f"http://127.0.0.1:{stack.port}")
    environment: dict[str, Any] = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JOBCAST_JWT_SECRET": SECRET,
    }
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", script, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        output = await process.stdout.read()
        assert await process.wait() == 0, output
    return output.decode()
