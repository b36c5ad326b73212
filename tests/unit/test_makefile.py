"""The Makefile is how a newcomer meets the project."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def test_help_lists_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None

    told = _make("help").stdout

    listed = {line.split()[1] for line in told.splitlines() if line.startswith("make ")}
    assert listed == set(phony[1].split())


def test_make_alone_shows_the_help() -> None:
    assert _make().stdout == _make("help").stdout


def test_an_old_python_is_named_with_the_way_out(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ntest "$1" = --version && echo "Python 3.8.10" || exit 1\n')
    old.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "uv.lock").touch()

    result = _make("install", f"PYTHON={old}", directory=tmp_path)

    assert result.returncode != 0
    assert "needs Python 3.11 or newer" in result.stderr
    assert "Python 3.8.10" in result.stderr
    assert "make PYTHON=python3.12 install" in result.stderr


def test_nothing_is_installed_again_when_nothing_changed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".installed").touch()

    result = _make("install", "PYTHON=/nowhere", directory=tmp_path)

    assert result.returncode == 0


def _make(*arguments: str, directory: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", "-C", str(directory), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
