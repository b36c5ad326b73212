"""What was uploaded and is fetched again: a file, never a page of ours, nor a path."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.support.raw_upload import COPY, MAP, stored
from tests.support.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

SETTINGS: dict[str, str] = {}

GIVEN = """query($id: ID!) { job(id: $id) { ... on WeighJob {
  input { file { id name contentType url } } } } }"""
WEIGH = json.dumps({"query": COPY.replace("copy(", "weigh("), "variables": {"file": None}})
SCRIPT = b"<script>fetch('/graphql')</script>"

# RFC 6266 with RFC 8187's encoding: nothing in it can end the value.
ONE_NAME = re.compile(r"(inline|attachment); filename\*=UTF-8''[A-Za-z0-9_.~%-]+")

PAGES = [
    ("page.html", "text/html", SCRIPT),
    ("page.html", "text/html; charset=utf-7", SCRIPT),
    ("page.xhtml", "application/xhtml+xml", b'<html xmlns="http://www.w3.org/1999/xhtml"/>'),
    ("drawing.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    ("feed.xml", "text/xml", b"<?xml-stylesheet href='x.xsl' type='text/xsl'?><a/>"),
    ("code.js", "text/javascript", b"alert(1)"),
    ("code.mjs", "application/javascript", b"alert(1)"),
    ("code.wasm", "application/wasm", b"\0asm"),
    ("page.mht", "multipart/x-mixed-replace; boundary=x", b"--x\r\n\r\n" + SCRIPT),
    ("paper.pdf", "application/pdf", b"%PDF-1.7 /OpenAction /JavaScript"),
    ("picture.png", "image/png", SCRIPT),
    ("notes.txt", "text/plain", SCRIPT),
    ("film.mp4", "video/mp4", SCRIPT),
]

NAMES = [
    "../../../../etc/cron.d/job",
    "..\\..\\windows\\system32\\a.dll",
    "/etc/passwd",
    "C:\\autoexec.bat",
    "...",
    "film.mp4\0.html",
    "film\u202egpj.exe",
    "a\r\nSet-Cookie: x=1",
    'a"; filename="b.html',
    "file_" + "0" * 32 + ".json",
    "film.mp4#1",
    "n" * 900,
    "é" * 300 + ".mp4",
    "😀\ufdd0\U0010ffff",
    "con",
    "",
]


async def put(stack: Stack, name: str, content_type: str, content: bytes) -> dict[str, Any]:
    """Upload a file; what the API says of it."""
    parts: list[tuple[str, Any]] = [
        ("operations", (None, WEIGH)),
        ("map", (None, MAP)),
        ("0", (name, content, content_type)),
    ]
    async with httpx.AsyncClient(timeout=20) as client:
        response = await client.post(
            stack.url, files=parts, headers={"GraphQL-Require-Preflight": "1"}
        )
    id = response.json()["data"]["weigh"]["job"]["id"]
    file: dict[str, Any] = (await stack.client().execute(GIVEN, id=id))["job"]["input"]["file"]
    return file


async def test_nothing_that_is_fetched_runs_on_our_origin(shared: Stack) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{shared.port}") as client:
        for name, content_type, content in PAGES:
            file = await put(shared, name, content_type, content)
            answer = await client.get(file["url"], headers={"Accept": "text/html"})

            case = f"{name} as {content_type}"
            headers = answer.headers
            assert answer.content == content, case
            assert headers["x-content-type-options"] == "nosniff", case
            # No script whatever a browser makes of it, and of others than media no request and an
            # origin of its own.
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; "), case
            assert "script" not in policy, case
            if headers["content-type"].startswith(("image/", "video/")):
                assert policy.endswith("; sandbox allow-same-origin"), case
            else:
                assert policy == "default-src 'none'; sandbox", case
            assert headers["x-frame-options"] == "DENY", case
            assert headers["cache-control"] == "private, no-store", case
            if headers["content-disposition"].startswith("inline"):
                assert headers["content-type"].partition(";")[0] in {
                    "image/png",
                    "text/plain",
                    "video/mp4",
                    "application/pdf",
                }, case
            else:
                assert headers["content-type"] == "application/octet-stream", case


async def test_a_name_never_becomes_a_path_nor_a_header(shared: Stack) -> None:
    before = set(stored(shared.data_dir))
    ids = set()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{shared.port}") as client:
        for name in NAMES:
            file = await put(shared, name, "video/mp4", b"x")
            answer = await client.get(file["url"])
            ids.add(file["id"])

            shown = file["name"]
            assert shown, repr(name)
            assert shown.isprintable(), repr(name)
            assert not set(shown) & set('/\\:*?"<>|'), repr(name)
            assert shown.strip(" .") == shown, repr(name)
            assert len(shown.encode()) <= 255, repr(name)
            assert "set-cookie" not in answer.headers, repr(name)
            disposition = answer.headers["content-disposition"]
            assert ONE_NAME.fullmatch(disposition), repr(name)

    expected = {f"{file_id}{ending}" for file_id in ids for ending in ("", ".json")}
    assert set(stored(shared.data_dir)) - before == expected
