"""Files: uploaded with a mutation, given to a task, fetched by a signed link."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.http_client import http_client
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio

COPY = """mutation($file: FileRef!) { copy(input: {file: $file}) {
  __typename ... on CopyAccepted { job { id } }
  ... on InvalidInput { fields { path message } } } }"""
RESULT = """query($id: ID!) { job(id: $id) { ... on CopyJob {
  input { file { id url } } result { id name sizeBytes contentType url } } } }"""
DELETE = "mutation($id: ID!) { deleteFile(input: {id: $id}) { __typename } }"
OPERATIONS = json.dumps({"query": COPY, "variables": {"file": None}})
MAP = json.dumps({"0": ["variables.file"]})
CONTENT = bytes(range(256)) * 1000
PREFLIGHT = {"GraphQL-Require-Preflight": "true"}


def stored(data_dir: Path) -> list[str]:
    folder = data_dir / "files"
    return (
        sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    )


async def post(
    stack: Stack, parts: list[tuple[str, Any]], headers: dict[str, str] = PREFLIGHT
) -> httpx.Response:
    async with http_client(timeout=20) as client:
        return await client.post(stack.url, files=parts, headers=headers)


def parts(name: str = "film.mp4", content: bytes = CONTENT) -> list[tuple[str, Any]]:
    return [
        ("operations", (None, OPERATIONS)),
        ("map", (None, MAP)),
        ("0", (name, content, "video/mp4")),
    ]


async def test_an_uploaded_file_reaches_the_task_and_its_result_is_fetched_by_link(
    stack: Stack,
) -> None:
    client = stack.client()
    answer = (await post(stack, parts("../../etc/<b>.html"))).json()
    id = answer["data"]["copy"]["job"]["id"]
    await client.watch(id)
    file = (await client.execute(RESULT, id=id))["job"]["result"]

    base = f"http://127.0.0.1:{stack.port}"
    async with http_client(base_url=base) as http:
        whole = await http.get(file["url"])
        some = await http.get(file["url"], headers={"Range": "bytes=10-19"})
        endless = await http.get(file["url"], headers={"Range": f"bytes={'9' * 5000}-"})
        beyond = await http.get(file["url"], headers={"Range": "bytes=999999999-"})
        forged = await http.get(file["url"][:-2] + "AA")
        other = await http.get(file["url"].replace(file["id"], "file_" + "0" * 32))
        bare = await http.get(f"/files/{file['id']}")

    assert whole.content == CONTENT
    assert file["sizeBytes"] == len(CONTENT)
    assert "/" not in file["name"]
    assert (some.status_code, some.content) == (206, CONTENT[10:20])
    assert beyond.status_code == 416
    assert endless.status_code == 200  # no range that could be read
    assert {forged.status_code, other.status_code, bare.status_code} == {403}
    # A page that someone uploaded must not run on our origin.
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in whole.headers["content-security-policy"]


async def test_a_deleted_files_link_says_that_it_is_gone(stack: Stack) -> None:
    client = stack.client()
    id = (await post(stack, parts())).json()["data"]["copy"]["job"]["id"]
    await client.watch(id)
    file = (await client.execute(RESULT, id=id))["job"]["result"]

    await client.execute(DELETE, id=file["id"])
    named = (await client.execute(RESULT, id=id))["job"]["result"]
    async with http_client(base_url=f"http://127.0.0.1:{stack.port}") as http:
        answers = [await http.get(url) for url in (file["url"], named["url"])]

    assert named["id"] == file["id"]
    for answer in answers:
        assert answer.status_code == 404
        assert "deleted" in answer.text


async def test_another_viewers_file_is_no_file(stack: Stack) -> None:
    ada, bob = stack.client("ada"), stack.client("bob")
    id = (await post(stack, parts())).json()["data"]["copy"]["job"]["id"]
    await ada.watch(id)
    theirs = (await ada.execute(RESULT, id=id))["job"]["input"]["file"]["id"]

    foreign = await bob.execute(COPY, file=theirs)
    absent = await bob.execute(COPY, file="file_" + "0" * 32)
    path = await bob.execute(COPY, file="../../etc/passwd")
    own = await ada.execute(COPY, file=theirs)

    assert foreign["copy"]["__typename"] == "InvalidInput"
    assert foreign["copy"]["fields"][0]["path"] == ["file"]
    assert foreign == absent == path
    assert own["copy"]["__typename"] == "CopyAccepted"


async def test_a_request_that_is_refused_leaves_no_file_behind(
    valkey_port: int, tmp_path: Path
) -> None:
    async with running_stack(valkey_port, tmp_path, workers=0, upload_bytes="1MiB") as stack:
        wrong = json.dumps({"query": "mutation { nonsense }", "variables": {"file": None}})
        elsewhere = json.dumps({"0": ["variables.nothing"]})
        head = ("operations", (None, OPERATIONS))
        file = ("0", ("a", b"x" * 1000))
        refused = {
            "no preflight": (400, await post(stack, parts(), {})),
            "too large": (413, await post(stack, parts(content=b"x" * 2**20))),
            "wrong order": (400, await post(stack, [file, head, ("map", (None, MAP))])),
            "no map": (400, await post(stack, [head, file])),
            "a file too few": (400, await post(stack, [head, ("map", (None, MAP))])),
            "a file too many": (
                400,
                await post(stack, [head, ("map", (None, "{}")), file]),
            ),
            "a place that is none": (
                400,
                await post(stack, [head, ("map", (None, elsewhere)), file]),
            ),
            "no JSON": (400, await post(stack, [("operations", (None, "{")), file])),
        }
        unknown = await post(stack, [("operations", (None, wrong)), ("map", (None, MAP)), file])
        await cut_off(stack)

        async with asyncio.timeout(10):
            while stored(tmp_path):
                await asyncio.sleep(0.02)

    for name, (status, response) in refused.items():
        assert response.status_code == status, name
        assert response.json()["errors"][0]["message"], name
    assert "errors" in unknown.json()


async def cut_off(stack: Stack) -> None:
    """Begin an upload, and go away in the middle of it."""
    body = (
        f'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{OPERATIONS}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{MAP}\r\n'
        '--x\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n' + "x" * 100_000
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(
        (
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nGraphQL-Require-Preflight: 1\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n" + body
        ).encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader
