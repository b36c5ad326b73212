"""What each role imports: counted, since times depend on who else works on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"

HELP = """
from jobcast.cli import main
try:
    main()
except SystemExit:
    pass
"""
SERVE = """
import jobcast.server
from jobcast.app import create_app
from jobcast.settings_help import load_settings
create_app(load_settings())
"""
WORK = "import jobcast.worker"
TELL = "\nimport sys; sys.stderr.write(' '.join(sys.modules))"

# Who needs none of these: pages and GraphQL, the queue, tokens, an HTTP client, the terminal.
WEB = {"strawberry", "graphql", "starlette", "uvicorn", "websockets"}
QUEUE = {"saq", "redis", "tasks", "broadcaster"}
TOKENS = {"jwt", "cryptography.x509"}  # redis-py looks whether there is a `cryptography`
CLIENT = {"httpx", "httpcore"}
TERMINAL = {"rich", "pygments", "markdown_it"}
TASK_BODIES = {"aiosmtplib", "tasks.examples", "tasks.worker.worker"}


@pytest.mark.parametrize("command", [[], ["serve"], ["enqueue"]])
def test_help_loads_nothing_but_what_it_shows(command: list[str]) -> None:
    loaded = modules_of(HELP, *command, "--help")

    assert loaded & {"asyncio", *WEB, *QUEUE, *TOKENS, *CLIENT, *TERMINAL} == set()


def test_a_server_without_tokens_loads_nothing_that_reads_them() -> None:
    loaded = modules_of(SERVE, JOBCAST_LOCAL_VIEWER="ada")

    assert loaded >= {"strawberry", "redis"}  # it did start
    assert loaded & {*TOKENS, *CLIENT, *TERMINAL, *TASK_BODIES, "typer"} == set()


def test_a_server_with_a_secret_loads_no_http_client() -> None:
    loaded = modules_of(SERVE, JOBCAST_JWT_SECRET=SECRET)

    assert "jwt" in loaded
    assert loaded & {*CLIENT, *TERMINAL, *TASK_BODIES} == set()


def test_a_worker_loads_nothing_of_the_server() -> None:
    loaded = modules_of(WORK)

    assert "saq" in loaded
    assert (
        loaded & {*WEB, *TOKENS, *CLIENT, *TERMINAL, "aiosmtplib", "schema", "resolvers"} == set()
    )


def modules_of(program: str, *arguments: str, **environment: str) -> set[str]:
    """The modules in a fresh process once it has run the program."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JOBCAST_")}
    started = {
        "JOBCAST_REDIS_URL": "redis://127.0.0.1:9",  # the discard port: nothing listens
        "JOBCAST_TASKS": "tests.support.sample_tasks",
    }
    result = subprocess.run(
        [sys.executable, "-c", program + TELL, *arguments],
        cwd=ROOT,
        env={**clean, **started, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return set(result.stderr.split())
