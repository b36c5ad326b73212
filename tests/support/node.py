"""Node programs of the tests, with their packages."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

# From an empty cache the packages come over the network.
INSTALL_SECONDS = 120

_NOT_COPIED = shutil.ignore_patterns("node_modules", "dist")


def node_program(folder: Path) -> Path:
    """A folder with the program in `folder` and its packages as the lock file has them.

    Skips the test where there is no Node to run it.
    """
    target = _installed(folder)
    for source in folder.glob("*.mjs"):
        shutil.copy(source, target)
    return target


def node_package(folder: Path, target: Path) -> Path:
    """A copy of `folder` at `target`, with its packages as the lock file has them.

    Skips the test where there is no Node to run it.
    """
    packages = _installed(folder) / "node_modules"
    shutil.copytree(folder, target, ignore=_NOT_COPIED)
    (target / "node_modules").symlink_to(packages)
    return target


def _installed(folder: Path) -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm")
    lock = (folder / "package-lock.json").read_bytes()
    name = f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    target = Path(tempfile.gettempdir()) / "jobcast-tests" / name
    if not target.is_dir():
        _install(folder, target)
    return target


def _install(folder: Path, target: Path) -> None:
    """Make `target` at once: another process may want it, and this one may be killed."""
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / "made"
        shutil.copytree(folder, made, ignore=_NOT_COPIED)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=made,
            check=True,
            timeout=INSTALL_SECONDS,
        )
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
