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


def node_program(folder: Path) -> Path:
    """A folder with the program in `folder` and its packages as the lock file has them.

    Skips the test where there is no Node to run it.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm")
    lock = (folder / "package-lock.json").read_bytes()
    name = f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    target = Path(tempfile.gettempdir()) / "jobcast-tests" / name
    if not (target / "node_modules").is_dir():
        shutil.copytree(folder, target, dirs_exist_ok=True)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=target,
            check=True,
            timeout=INSTALL_SECONDS,
        )
    for source in folder.glob("*.mjs"):
        shutil.copy(source, target)
    return target
