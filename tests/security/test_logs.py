"""Logs: no text of a client can look like a line of ours, and every fault can be found in them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from jobcast.logs import JsonFormatter, TextFormatter
from tests.support.processes import command_of, descendants
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

FORGED = "12:34:56 api     error    Forged"
HOSTILE = (
    f"\n{FORGED}\r{FORGED}\x0b{FORGED}\x0c{FORGED}\x85{FORGED}\u2028{FORGED}\x1c{FORGED}"
    '\x1b[2K\x1b[1A\x1b]0;title\x07\x9b31m\x08\x7f\u202egpj.exe\u2066"},"level":"info\\'
)
SECRET = "a-secret-of-more-than-thirty-two-bytes"


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.ERROR, "x.py", 1, message, arguments, None)
    vars(made).update(extra)
    return made


def failed(text: str) -> logging.LogRecord:
    made = record("It failed: %s", text)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        made.exc_info = sys.exc_info()
    return made


@pytest.mark.parametrize(
    "made",
    [
        record("Told: %s", HOSTILE),
        record("Told", viewer=HOSTILE),
        record("Told", traceback=f"Traceback\nRuntimeError: {HOSTILE}"),
        failed(HOSTILE),
    ],
    ids=["message", "extra", "traceback of a child", "exception"],
)
def test_a_hostile_text_stays_within_its_line(made: logging.LogRecord) -> None:
    text = TextFormatter("api").format(made)
    as_json = JsonFormatter("api").format(made)

    first, *below = text.splitlines()
    assert "It failed" in first or "Told" in first
    assert all(line.startswith("  ") for line in below)
    assert text.replace("\n", "").isprintable()
    assert orjson.loads(as_json)["level"] == "error"
    assert as_json.isprintable()


@pytest.mark.parametrize("value", ["\ud800", 2**70, float("nan"), object(), {"\udfff": 1}])
def test_whatever_is_logged_gives_a_line(value: object) -> None:
    made = record("%s", value, viewer=value)

    assert TextFormatter("api").format(made)
    assert len(JsonFormatter("api").format(made).splitlines()) == 1


async def hostile_requests(stack: Stack) -> str:
    """Send such text wherever there is room for it; the reference of a job that failed by it."""
    client = stack.client()
    id = (
        await client.execute(
            "mutation($x: String!) { shout(input: {text: $x}) { ... on JobAccepted { job { id }}}}",
            x=HOSTILE,
        )
    )["shout"]["job"]["id"]
    await client.watch(id)
    for head in (b"GET /\x1b[31m HTTP/1.1", b"GET / HTTP/1.1\r\nX: a\x0bb\x00", b"\x1b[2K"):
        reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
        writer.write(head + b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.readline()  # the answer has begun, whichever it is
        writer.close()
    async with client.socket(acknowledge=False) as socket:
        await socket.send(type="connection_init", payload={"viewer": HOSTILE})
        await socket.closed()
    failure = await client.execute(
        "query($id: ID!) { job(id: $id) { failure { message ... on TaskFault { reference } } } }",
        id=id,
    )
    told: dict[str, Any] = failure["job"]["failure"]
    assert FORGED not in told["message"]
    return str(told["reference"])


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_log_of_real_processes_cannot_be_forged_and_has_each_fault_once(
    valkey_port: int, tmp_path: Path, form: str
) -> None:
    async with running_stack(
        valkey_port,
        tmp_path,
        tasks="tests.support.echo_tasks",
        log_format=form,
        link_secret=SECRET,
    ) as stack:
        reference = await hostile_requests(stack)
        commands = [command_of(pid) for pid in descendants(os.getpid())]
    log = stack.log.read_bytes().decode()

    assert log.replace("\n", "").isprintable()
    assert [line for line in log.splitlines() if line.startswith(FORGED)] == []
    lines = [line for line in log.splitlines() if reference in line]
    assert len(lines) == 1
    if form == "json":
        assert all(orjson.loads(line)["process"] for line in log.splitlines())
        assert "RuntimeError" in orjson.loads(lines[0])["traceback"]
    assert commands
    assert not any(SECRET in text for text in (log, *commands))
