"""The `jobcast` command as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from jobcast import __version__
from jobcast.settings_help import setting_rows

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
NOBODY = "http://127.0.0.1:9/graphql"  # the discard port: nothing listens


def test_help_lists_the_commands_and_all_settings() -> None:
    told = jobcast("--help").stdout

    for command in ("dev", "serve", "worker", "enqueue", "watch", "schema", "token"):
        assert f"\n  {command} " in told
    for row in setting_rows():
        assert row.variable in told


def test_version_is_the_package_s() -> None:
    assert jobcast("--version").stdout == f"jobcast {__version__}\n"


def test_a_token_says_who_and_for_how_long() -> None:
    result = jobcast(
        "token", "--sub", "ann", "--ttl", "30m",
        JOBCAST_JWT_SECRET=SECRET, JOBCAST_JWT_ISSUER="me", JOBCAST_JWT_AUDIENCE="jobcast",
    )  # fmt: skip

    claims = jwt.decode(
        result.stdout.strip(), SECRET, algorithms=["HS256"], issuer="me", audience="jobcast"
    )
    assert claims["sub"] == "ann"
    assert claims["exp"] - claims["iat"] == 30 * 60
    assert "scope" not in claims


def test_an_admin_s_token_has_the_scope() -> None:
    result = jobcast("token", "--sub", "root", "--admin", JOBCAST_JWT_SECRET=SECRET)

    claims = jwt.decode(result.stdout.strip(), SECRET, algorithms=["HS256"])
    assert claims["scope"] == "admin"


def test_without_a_secret_there_is_no_token() -> None:
    result = jobcast("token", "--sub", "ann")

    assert result.returncode == 2
    assert "JOBCAST_JWT_SECRET is not set" in result.stderr


def test_invalid_settings_are_listed_without_a_traceback() -> None:
    result = jobcast("serve", JOBCAST_PORT="x", JOBCAST_LEASE="6")

    assert result.returncode == 2
    assert "JOBCAST_PORT" in result.stderr
    assert "JOBCAST_LEASE" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "reason"),
    [
        (["--host", "0.0.0.0"], {}, "Nobody could sign in"),
        (["--host", "0.0.0.0"], {"JOBCAST_LOCAL_VIEWER": "me"}, "JOBCAST_LOCAL_VIEWER signs in"),
        (
            ["--host", "0.0.0.0"],
            {"JOBCAST_LOCAL_VIEWER": "me", "JOBCAST_JWT_SECRET": SECRET},
            "JOBCAST_LOCAL_VIEWER signs in",
        ),
        ([], {}, "Nobody could sign in"),
    ],
)
def test_a_server_open_to_strangers_does_not_start(
    arguments: list[str], environment: dict[str, str], reason: str
) -> None:
    result = jobcast("serve", *arguments, **environment)

    assert result.returncode == 2
    assert reason in result.stderr


def test_dev_does_not_listen_to_the_world_without_tokens() -> None:
    result = jobcast("dev", "--host", "0.0.0.0")

    assert result.returncode == 2
    assert "JOBCAST_LOCAL_VIEWER signs in everyone" in result.stderr


def test_a_worker_without_a_server_says_what_to_set() -> None:
    result = jobcast("worker")

    assert result.returncode == 2
    assert "JOBCAST_REDIS_URL is not set" in result.stderr


@pytest.mark.parametrize("arguments", [["enqueue", "x"], ["watch", "default.1"]])
def test_an_unreachable_api_has_an_exit_code_of_its_own(arguments: list[str]) -> None:
    result = jobcast(*arguments, "--url", NOBODY)

    assert result.returncode == 4
    assert "Is `jobcast dev` running?" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--input", "{"],
        ["--input", "[]"],
        ["--input", "@/nowhere"],
        ["--delay", "5"],
    ],
)
def test_wrong_usage_of_enqueue_is_told_before_the_server_is_asked(arguments: list[str]) -> None:
    result = jobcast("enqueue", "x", *arguments, "--url", NOBODY)

    assert result.returncode == 2


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (["video"], "'video' is no ARGUMENT=PATH"),
        (["video="], "'video=' is no ARGUMENT=PATH"),
        (["video=/nowhere"], "There is no file /nowhere for 'video'."),
        (["video=/"], "/, for 'video', is a folder"),
        (["video=LICENSE", "video=README.md"], "given twice: LICENSE and README.md"),
    ],
)
def test_a_file_that_cannot_be_sent_is_told_in_words(files: list[str], problem: str) -> None:
    options = [part for file in files for part in ("--file", file)]

    result = jobcast("enqueue", "x", *options, "--url", NOBODY)

    assert result.returncode == 2
    assert problem in result.stderr


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9/graphql"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/graphql"),
        ("http://127.0.0.1:9/jobs/graphql", "http://127.0.0.1:9/jobs/graphql"),
    ],
)
def test_an_address_without_a_path_is_that_of_the_api(given: str, asked: str) -> None:
    result = jobcast("watch", "default.1", JOBCAST_URL=given)

    assert f"Cannot reach {asked}:" in result.stderr


def test_logs_are_json_when_nobody_looks() -> None:
    program = (
        "import logging; from jobcast.logs import configure_logging\n"
        "configure_logging('info', 'auto', 'api')\n"
        "logging.getLogger('jobcast').info('told %s', 'once', extra={'correlation_id': 'c1'})"
    )

    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, check=True, timeout=30, capture_output=True, text=True,
    )  # fmt: skip

    line = json.loads(result.stderr)
    assert line["message"] == "told once"
    assert (line["process"], line["level"], line["correlation_id"]) == ("api", "info", "c1")


def jobcast(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with no settings but `environment`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JOBCAST_")}
    return subprocess.run(
        [sys.executable, "-m", "jobcast", *arguments],
        cwd=ROOT,
        env={**clean, "COLUMNS": "120", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
