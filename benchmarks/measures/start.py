"""Start: how long a server takes until it answers; and `--help`, of which people see most."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.measures.measure import Measure, Row, Scale, Values
from benchmarks.peers.peer import ROOT, Peer
from benchmarks.running.session import running


async def run(peer: Peer, scale: Scale) -> Values:
    """From the spawning to the first 200; not pinned."""
    async with running(peer, pinned=False, worker=False) as session:
        assert session.server is not None
        values = {
            "ready_ms": session.ready_seconds * 1000,
            "cpu_ms": session.server.cpu_seconds() * 1000,
            "mib": session.server.resident_kib() / 1024,
        }
    if peer.name == "jobcast":
        values["help_ms"] = _help_ms()
    return values


def _help_ms() -> float:
    started = time.monotonic()
    command = (sys.executable, "-m", "jobcast", "--help")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - started) * 1000


MEASURE = Measure(
    "start",
    "Start of a server, from the spawning to the first 200; not pinned",
    run,
    (
        Row("ready_ms", "ms"),
        Row("cpu_ms", "CPU ms"),
        Row("mib", "MiB resident then"),
        Row("help_ms", "`jobcast --help`, ms"),
    ),
    seconds=2,
)
