"""Makes what the peers need: packages of Node's, and an environment for stock Strawberry."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers.node import node_folder
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.registry import STOCK_VENV


class NotInstalled(Exception):
    """Something that a peer needs is missing; the message says what to do."""


def install(peers: Iterable[Peer]) -> None:
    """Install what is missing or was changed.

    Raises:
        NotInstalled: There is no Node, or a package could not be had.
    """
    for peer in peers:
        if (node_folder(peer.name) / "package.json").exists():
            _install_node(peer.name, node_folder(peer.name))
        elif peer.name == "strawberry":
            _install_stock()


def _install_node(name: str, folder: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled(
            f"The peer {name} needs Node 20 or newer with npm. Install it, or leave out the peers "
            "of Node: make bench PEERS=jobcast,raw,strawberry"
        )
    # npm writes this file last.
    if not _newer(folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"):
        _run(f"Installing {name} ...", ["npm", "ci", "--no-audit", "--no-fund"], folder)


def _install_stock() -> None:
    requirements = PEERS / "stock_strawberry" / "requirements.txt"
    done = STOCK_VENV / ".installed"
    if _newer(done, requirements):
        return
    shutil.rmtree(STOCK_VENV, ignore_errors=True)
    _run("Installing strawberry ...", [sys.executable, "-m", "venv", str(STOCK_VENV)], PEERS)
    pip = [str(STOCK_VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run("", [*pip, "install", "--quiet", "--requirement", str(requirements)], PEERS)
    done.touch()


def _newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _run(words: str, command: list[str], folder: Path) -> None:
    if words:
        print(words, flush=True)
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if result.returncode:
        raise NotInstalled(f"`{' '.join(command)}` failed in {folder}:\n{result.stderr[-2000:]}")
