"""The wheel works where there is no checkout."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.dev_process import ROOT, running_dev

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `jobcast` command of an environment that has the wheel and what it needs, no more."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*install, "--quiet", str(wheel)], check=True, capture_output=True)
    return home / "bin" / "jobcast"


def test_it_owns_one_name_and_holds_scripts_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"jobcast"}
    for folder in ("broadcaster", "resolvers", "schema", "tasks"):
        assert f"jobcast/_app/{folder}/__init__.py" in names
    assert "jobcast/_app/schema/schema.graphql" in names
    assert "jobcast/_app/broadcaster/lua/append.lua" in names
    assert "jobcast/_app/tasks/queue/lua/transition.lua" in names
    assert "jobcast/_app/tasks/files/lua/ledger.lua" in names
    assert "jobcast/py.typed" in names
    assert not [name for name in names if "node_modules" in name or name.startswith("console")]


def test_it_holds_the_console_in_each_coding(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    for page in ("index.html", "graphiql.html"):
        for suffix in ("", ".br", ".gz"):
            assert f"jobcast/console_files/{page}{suffix}" in names
    assert [name for name in names if name.endswith(".js.br")]


def test_its_command_prints_help_and_the_schema(installed: Path, tmp_path: Path) -> None:
    told = _run(installed, tmp_path, "--help")
    sdl = _run(installed, tmp_path, "schema")

    assert "JOBCAST_REDIS_URL" in told
    assert sdl == (ROOT / "schema" / "schema.graphql").read_text()


async def test_dev_runs_from_it(installed: Path, tmp_path: Path) -> None:
    async with running_dev(tmp_path, command=[str(installed)]) as dev:
        answer = await dev.query("{ tasks { name } }")
        code = await dev.end(signal.SIGINT)
        gone = await dev.all_gone()

    assert answer["tasks"]
    assert code == 0
    assert gone


def _run(command: Path, directory: Path, *arguments: str) -> str:
    return subprocess.run(
        [str(command), *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
