"""How much a viewer may store: one limit over all processes, which nothing that dies can leak."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.killable_valkey import killable_valkey
from tests.support.raw_upload import COPY, MAP, OPERATIONS, beginning, raw_upload, stored
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS = {"storage_bytes_per_viewer": "3MiB", "uploads_per_viewer": "50"}

MIB = 1024**2
SMALLEST = 64 * 1024  # bytes that the smallest file counts for
ROOM = "{ viewer { storage { usedBytes limitBytes } storedFiles(first: 100) { id name } } }"
DELETE = """mutation($id: ID!) { deleteFile(input: {id: $id}) {
  __typename ... on Problem { message } } }"""
WEIGH = json.dumps({"query": COPY.replace("copy(", "weigh("), "variables": {"file": None}})
WRONG = json.dumps({"query": "mutation { nonsense }", "variables": {"file": None}})


async def put(stack: Stack, size: int, viewer: str, operations: str = WEIGH) -> Any:
    """Upload a file for a task; status and response."""
    parts: list[tuple[str, Any]] = [
        ("operations", (None, operations)),
        ("map", (None, MAP)),
        ("0", ("film.mp4", b"x" * size, "video/mp4")),
    ]
    async with httpx.AsyncClient(timeout=20) as client:
        response = await client.post(
            stack.url,
            files=parts,
            headers={"X-Jobcast-Viewer": viewer, "GraphQL-Require-Preflight": "true"},
        )
    return response.status_code, response.json()


async def room(stack: Stack, viewer: str) -> tuple[int, list[str]]:
    """Bytes used, and ids of the files."""
    data = (await stack.client(viewer).execute(ROOM))["viewer"]
    return data["storage"]["usedBytes"], [file["id"] for file in data["storedFiles"]]


async def until_settled(stack: Stack, viewer: str) -> tuple[int, int]:
    """Bytes used, and how many files, once nothing is held for what was refused."""
    async with asyncio.timeout(20):
        while (usage := await room(stack, viewer))[0] % (MIB // 2):
            await asyncio.sleep(0.02)
    return usage[0], len(usage[1])


async def job_of(stack: Stack, viewer: str, size: int) -> Any:
    """A job that stores a copy of an upload, at its end."""
    client = stack.client(viewer)
    id = (await put(stack, size, viewer, OPERATIONS))[1]["data"]["copy"]["job"]["id"]
    await client.watch(id)
    query = "query($id: ID!) { job(id: $id) { status failure { __typename message } } }"
    return (await client.execute(query, id=id))["job"]


async def test_a_full_storage_refuses_uploads_until_files_are_deleted(shared: Stack) -> None:
    ada, bob = shared.client("ada"), shared.client("bob")
    await job_of(shared, "ada", MIB)  # stores the upload and its copy

    status, refused = await put(shared, 2 * MIB, "ada")
    used, files = await room(shared, "ada")
    others = (await put(shared, 2 * MIB, "bob"))[0]
    theirs = await bob.execute(DELETE, id=files[0])
    absent = await bob.execute(DELETE, id="file_" + "0" * 32)
    path = await bob.execute(DELETE, id="../processes.log")
    own = await ada.execute(DELETE, id=files[0])
    twice = await ada.execute(DELETE, id=files[0])
    again = (await put(shared, 2 * MIB, "ada"))[0]

    error = refused["errors"][0]
    assert (status, error["extensions"]["code"]) == (413, "STORAGE_FULL")
    assert "deleteFile" in error["message"]
    assert (used, len(files)) == (2 * MIB, 2)
    assert others == 200
    assert theirs == absent == path == twice
    assert theirs["deleteFile"]["__typename"] == "UnknownFile"
    assert own["deleteFile"]["__typename"] == "DeleteFileAccepted"
    assert again == 200


async def test_what_a_task_stores_is_counted_and_refused_too(shared: Stack) -> None:
    first = await job_of(shared, "tom", MIB)
    second = await job_of(shared, "tom", MIB)
    used, files = await room(shared, "tom")

    assert first == {"status": "SUCCEEDED", "failure": None}
    assert second["status"] == "FAILED"
    assert second["failure"]["__typename"] == "StorageFull"
    assert "deleteFile" in second["failure"]["message"]
    assert (used, len(files)) == (3 * MIB, 3)


async def test_uploads_under_way_count_and_cost_nothing_once_given_up(shared: Stack) -> None:
    async with raw_upload(shared, beginning(b"x" * 2 * MIB), viewer="eve"):
        async with asyncio.timeout(20):
            while (await room(shared, "eve"))[0] < 2 * MIB:
                await asyncio.sleep(0.02)
        beside, _ = await put(shared, 2 * MIB, "eve")
    _, unused = await put(shared, MIB, "eve", WRONG)

    async with asyncio.timeout(20):
        while await room(shared, "eve") != (0, []):
            await asyncio.sleep(0.02)
    assert beside == 413
    assert "errors" in unused


async def test_files_that_the_store_lost_make_room_when_it_is_short(shared: Stack) -> None:
    assert (await put(shared, 2 * MIB, "max"))[0] == 200
    (lost,) = (await room(shared, "max"))[1]
    for name in (lost, f"{lost}.json"):
        (shared.data_dir / "files" / name).unlink()  # as a bucket's lifecycle rule does

    status, _ = await put(shared, 2 * MIB, "max")
    used, files = await room(shared, "max")

    assert status == 200
    assert (used, len(files)) == (2 * MIB, 1)


async def test_even_empty_files_fill_the_storage(shared: Stack) -> None:
    sizes = [3 * MIB - 2 * SMALLEST, 0, 0, 0]

    statuses = [(await put(shared, size, "kim"))[0] for size in sizes]

    assert statuses == [200, 200, 200, 413]


async def test_uploads_at_the_same_time_to_two_processes_share_one_limit(shared: Stack) -> None:
    async with (
        running_stack(shared.valkey_port, shared.data_dir, workers=0, **SETTINGS) as other,
        asyncio.TaskGroup() as group,
    ):
        uploads = [
            group.create_task(put(stack, MIB // 2, "zoe"))
            for stack in (shared, other)
            for _ in range(8)
        ]
        await asyncio.wait(uploads)

    statuses = [upload.result()[0] for upload in uploads]
    accepted = statuses.count(200)
    assert set(statuses) == {200, 413}
    assert accepted <= 6  # those beside hold more than they need while there is room
    assert await until_settled(shared, "zoe") == (accepted * MIB // 2, accepted)


async def test_an_upload_while_valkey_is_away_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with (
        killable_valkey(tmp_path / "valkey") as valkey,
        running_stack(valkey.port, tmp_path, workers=0) as stack,
    ):
        await valkey.kill()

        status, refused = await put(stack, MIB, "ada")

    assert (status, refused["errors"][0]["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert stored(tmp_path) == []
