"""`@jobcast/react`: checked, built, and run against the real server through cut connections."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.node import node_package
from tests.support.stack import ROOT, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]  # npm may have to fetch its packages

PACKAGE = ROOT / "clients" / "react"
SECONDS = 150
CUTS = 11  # that test/live.test.tsx asks for


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return node_package(PACKAGE, tmp_path / "react")


GENERATED = """
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
type Place = { latitude: number; longitude: number };
type Accepted = { __typename: 'TrackRideAccepted'; job: { id: string } };
export declare const TrackRideDocument: TypedDocumentNode<
  { trackRide: Accepted | { __typename: 'InvalidInput'; message: string } },
  { input: { route: Place[] } }
>;
"""


def test_the_example_of_its_page_has_the_types_that_it_uses(package: Path) -> None:
    (example,) = re.findall(r"```tsx\n(.*?)```", (PACKAGE / "README.md").read_text(), re.DOTALL)
    (package / "src" / "example.tsx").write_text(example)
    (package / "src" / "generated.ts").write_text(GENERATED)

    checked = subprocess.run(
        ["npm", "run", "--silent", "check"],
        cwd=package,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert checked.returncode == 0, checked.stdout


def test_the_package_is_typed_and_builds_to_modules_with_their_types(package: Path) -> None:
    for script in ("check", "build"):
        subprocess.run(["npm", "run", "--silent", script], cwd=package, check=True, timeout=120)

    exports = json.loads((package / "package.json").read_text())["exports"]
    for export in exports.values():
        assert (package / export["types"]).is_file()
        imported = f"import({json.dumps(str(package / export['default']))})"
        names = subprocess.run(
            ["node", "-e", f"{imported}.then((it) => console.log(Object.keys(it).join()))"],
            cwd=package,
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout
        assert names.strip()


async def test_the_hooks_miss_and_double_nothing_against_the_real_server(
    package: Path, valkey_port: int, tmp_path: Path
) -> None:
    async with (
        running_stack(valkey_port, tmp_path) as stack,
        fault_proxy(stack.port) as proxy,
        cutting_on_request(proxy) as (cutting, cut),
    ):
        process = await asyncio.create_subprocess_exec(
            "npm",
            "test",
            "--silent",
            cwd=package,
            env={
                **os.environ,
                "JOBCAST_URL": f"http://127.0.0.1:{proxy.port}/graphql",
                "JOBCAST_TEST_CUT": cutting,
                "NO_COLOR": "1",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()

    said = output.decode()
    assert process.returncode == 0, said
    assert "skipped" not in said, said
    assert len(cut) == CUTS
    assert all(cut)


@asynccontextmanager
async def cutting_on_request(proxy: FaultProxy) -> AsyncIterator[tuple[str, list[int]]]:
    """An address that cuts the proxy's connections when it is asked for; how many each time.

    With the path `/strand` they are left open, and nothing passes any more.
    """
    counted = []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        counted.append(proxy.strand() if b"/strand " in request else proxy.cut())
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.write_eof()
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", counted
