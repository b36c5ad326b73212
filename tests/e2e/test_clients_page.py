"""The examples of docs/clients.md, run against the real server through connections that are cut."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jobcast.dev import EXAMPLES
from tests.support.clients_page import write_examples
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.node import node_program
from tests.support.stack import ROOT, running_stack
from tests.support.tokens import SECRET, token

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]  # npm may have to fetch its packages

PACKAGES = Path(__file__).parent / "clients"
CUT_AFTER = (8, 40)  # events seen when the connection is cut
SECONDS = 90  # for all that an example does; an EventSource waits 3 s after each cut

Command = Callable[[str], list[str]]  # from the API's address


@pytest.mark.parametrize("example", ["plain.js", "apollo.js", "urql.js", "relay.js", "events.js"])
async def test_an_example_in_javascript_does_what_the_page_says(
    valkey_port: int, tmp_path: Path, example: str
) -> None:
    folder = javascript(tmp_path)
    if example == "relay.js":
        example = compiled_for_relay(folder)

    said = await driven(valkey_port, tmp_path, folder, in_node(example))

    assert_watched_cancelled_and_refused(said)
    if example not in {"plain.js", "events.js"}:  # those that have a cache
        assert said["shown"] == "SUCCEEDED"


async def test_the_socket_notices_a_connection_that_died_without_a_word(
    valkey_port: int, tmp_path: Path
) -> None:
    folder = javascript(tmp_path)

    said = await driven(
        valkey_port, tmp_path, folder, in_node("plain.js"), FaultProxy.strand, after=(8,)
    )

    assert_gapless(said["events"])


async def test_the_example_in_python_does_what_the_page_says(
    valkey_port: int, tmp_path: Path
) -> None:
    write_examples(tmp_path)
    (tmp_path / "drive.py").write_text((PACKAGES / "drive.py").read_text())

    said = await driven(
        valkey_port, tmp_path, tmp_path, lambda url: [sys.executable, "drive.py", url]
    )

    assert_watched_cancelled_and_refused(said)
    assert said["printed"].endswith("TrackRideSucceeded SUCCEEDED\n")


async def test_the_example_for_the_shell_does_what_the_page_says(
    valkey_port: int, tmp_path: Path
) -> None:
    if shutil.which("jq") is None:
        pytest.skip("needs jq")
    write_examples(tmp_path)
    (tmp_path / "drive.sh").write_text((PACKAGES / "drive.sh").read_text())

    said = await driven(valkey_port, tmp_path, tmp_path, lambda url: ["bash", "drive.sh", url])

    assert_watched_cancelled_and_refused(said)


async def driven(
    valkey_port: int,
    data_dir: Path,
    folder: Path,
    command: Command,
    break_with: Callable[[FaultProxy], int] = FaultProxy.cut,
    after: Sequence[int] = CUT_AFTER,
) -> dict[str, Any]:
    """What a program says of its example, whose connections break while it watches."""
    said: dict[str, Any] = {"events": []}
    async with (
        running_stack(
            valkey_port,
            data_dir,
            workers=0,
            tasks=EXAMPLES,
            jwt_secret=SECRET,
            local_viewer="",
        ) as stack,
        fault_proxy(stack.port) as proxy,
    ):
        process = await asyncio.create_subprocess_exec(
            *command(f"http://127.0.0.1:{proxy.port}/graphql"),
            cwd=folder,
            env={**os.environ, "JOBCAST_TOKEN": token(), "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(SECONDS):
                async for line in process.stdout:
                    message: dict[str, Any] = json.loads(line)
                    if "event" not in message:
                        said |= message
                        continue
                    said["events"].append(message["event"])
                    if len(said["events"]) == 1:
                        await stack.start("worker")  # not sooner: Node may take long to begin
                    if len(said["events"]) in after:
                        assert break_with(proxy)
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, said
    return said


def assert_watched_cancelled_and_refused(said: dict[str, Any]) -> None:
    """One ride was seen to its end, another one cancelled; what is not there or not his is told."""
    assert_gapless(said["events"])
    assert said["ended"] == len(said["events"])
    assert said["rest"][-1]["job"]["status"] == "CANCELLED"
    assert "NOT_FOUND" in said["refused"]
    assert re.search("4403|401", said["stranger"])


def assert_gapless(events: list[dict[str, Any]]) -> None:
    """Each event follows the one before, but for progress that it stands for."""
    assert events[0]["__typename"] == "JobSnapshot"
    for before, event in pairwise(events):
        assert event["offset"] - event.get("merged", 0) == before["offset"] + 1
    assert len(events) > CUT_AFTER[-1]
    assert events[-1]["job"]["status"] == "SUCCEEDED"


def in_node(example: str) -> Command:
    return lambda url: ["node", "drive.mjs", example, url]


def javascript(folder: Path) -> Path:
    """The examples in `folder`, beside the packages that they import."""
    packages = node_program(PACKAGES)
    write_examples(folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    for source in PACKAGES.glob("*.mjs"):
        (folder / source.name).write_text(source.read_text())
    schema = (ROOT / "schema" / "schema.graphql").read_bytes()
    (folder / "schema.graphql").write_bytes(schema)
    for made, program in {
        "possible-types.json": "possible-types.js",
        "introspection.json": "introspection.js",
    }.items():
        output = subprocess.run(
            ["node", program], cwd=folder, input=schema, check=True, capture_output=True, timeout=60
        ).stdout
        (folder / made).write_bytes(output)
    return folder


def compiled_for_relay(folder: Path) -> str:
    """The name of the example for Relay, as a page's build makes it of `relay.js`."""
    subprocess.run(["node", "build_relay.mjs"], cwd=folder, check=True, timeout=60)
    return "relay.built.mjs"
