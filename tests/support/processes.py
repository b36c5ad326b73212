"""Which processes run, who started them, and as what."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()


def runs(pid: int) -> bool:
    """Whether the process is there and has not ended.

    A zombie has ended; whoever is process 1 may be slow to collect it, or never do.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if not _HAS_PROC:
        return True
    try:
        return _stat(pid)[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started, and those that they did."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    look_at = [pid]
    while look_at:
        news = children.get(look_at.pop(), [])
        found += news
        look_at += news
    return found


def command_of(pid: int) -> str:
    """The program and arguments of a process, with blanks between."""
    if _HAS_PROC:
        return (_PROC / str(pid) / "cmdline").read_text().replace("\0", " ").strip()
    return _ps("-o", "args=", "-p", str(pid)).strip()


def resident_bytes(pid: int) -> int:
    """How much of the machine's memory the process takes."""
    if _HAS_PROC:
        status = (_PROC / str(pid) / "status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    else:
        kib = _ps("-o", "rss=", "-p", str(pid))
    return int(kib) * 1024


def _parents() -> Iterator[tuple[int, int]]:
    if not _HAS_PROC:
        for line in _ps("-A", "-o", "pid=,ppid=").splitlines():
            child, parent = line.split()
            yield int(child), int(parent)
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int(_stat(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended


def _stat(pid: int) -> list[str]:
    """State, parent and more: what follows the name, which may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=True).stdout
