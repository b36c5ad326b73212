"""Programs of Node's that lie in a folder, with their packages."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.peer import PEERS, Program


def node_folder(name: str) -> Path:
    """Where the peer's programs are."""
    return PEERS / name


def node(name: str, script: str, *arguments: object, **environment: object) -> Program:
    """A script in the peer's folder; the environment is given in its usual upper case."""
    variables = {key.upper(): str(value) for key, value in environment.items()}
    return Program(
        ("node", script, *map(str, arguments)),
        node_folder(name),
        {"NODE_ENV": "production", **variables},
    )
