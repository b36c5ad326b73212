"""What a table needs to be understood elsewhere: the machine and the versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.node import node_folder
from benchmarks.peers.peer import PEERS, ROOT, Peer
from jobcast import __version__
from jobcast.embedded import find_server

OUR_PACKAGES = ("strawberry-graphql", "graphql-core", "uvicorn", "uvloop", "redis", "saq")


def machine() -> str:
    """Cores, model, memory and kernel, in one line."""
    facts = Path("/proc/cpuinfo").read_text()
    model = facts.partition("model name\t: ")[2].partition("\n")[0] or platform.machine()
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {gib:.0f} GiB, Linux {platform.release()}"


def versions(peers: Iterable[Peer]) -> list[str]:
    """A line for each peer, and one for what all share."""
    shared = f"Python {platform.python_version()}, Valkey {_valkey()}"
    own = ", ".join(f"{name} {version(name)}" for name in OUR_PACKAGES)
    lines = [f"Jobcast {__version__} ({_commit()}): {own}"]
    for peer in peers:
        if packages := _packages(peer):
            lines.append(f"{peer.title}: {packages}")
            if (node_folder(peer.name) / "package.json").exists() and "Node" not in shared:
                shared += f", Node {_output('node', '--version').lstrip('v')}"
    return [shared, *lines]


def _packages(peer: Peer) -> str:
    package = node_folder(peer.name) / "package.json"
    if package.exists():
        dependencies = json.loads(package.read_text())["dependencies"]
        return ", ".join(f"{name} {number}" for name, number in dependencies.items())
    if peer.name == "strawberry":
        chosen = (PEERS / "stock_strawberry" / "requirements.in").read_text().splitlines()
        locked = (PEERS / "stock_strawberry" / "requirements.txt").read_text().splitlines()
        redis = [line for line in locked if line.startswith("redis==")]
        named = [line for line in chosen if not line.startswith("#")] + redis
        return ", ".join(line.replace("==", " ") for line in named)
    return ""


def _valkey() -> str:
    words = _output(str(find_server()), "--version")
    return words.partition("v=")[2].split(" ")[0] or words


def _commit() -> str:
    return _output("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "no checkout"


def _output(*command: str) -> str:
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return ""
    return result.stdout.strip()
