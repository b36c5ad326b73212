"""`Process`: a child that dies with this one, with what /proc tells of it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

from benchmarks.peers.peer import Program

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# Servers that drain take longer; whatever still runs is nobody's any more.
END_SECONDS = 3.0

_PR_SET_PDEATHSIG = 1

# The clock of a process's CPU time has a number made of its id: clock_getcpuclockid(3).
_CPU_CLOCK = 2


class ProcessEnded(Exception):
    """A process that was needed has ended; its last words are in the message."""


class Process:
    """A running program; its output goes to a file in `folder`."""

    def __init__(
        self, name: str, program: Program, folder: Path, cores: AbstractSet[int] | None
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                program.argv,
                cwd=program.folder,
                env=_inherited() | dict(program.environment),
                stdout=log,
                stderr=log,
                preexec_fn=lambda: _prepare(cores),  # noqa: PLW1509 - there are no threads
            )
        self.pid = self._popen.pid

    @property
    def has_ended(self) -> bool:
        """Whether it does not run any more."""
        return self._popen.poll() is not None

    def check(self) -> None:
        """Raises `ProcessEnded` when it does not run any more."""
        if self.has_ended:
            raise ProcessEnded(f"{self.name} ended.\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def cpu_seconds(self) -> float:
        """User and system time of all its threads, to the nanosecond (/proc has steps of 10 ms)."""
        return time.clock_gettime(~self.pid << 3 | _CPU_CLOCK)

    def resident_kib(self) -> int:
        """What it holds of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def suspend(self) -> None:
        """SIGSTOP."""
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._popen.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """SIGTERM, and SIGKILL should that not be enough."""
        self._popen.send_signal(signal.SIGCONT)
        self._popen.terminate()
        try:
            self._popen.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def busy_seconds() -> float:
    """What all processors of the machine have worked, by whomever."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    return (user + nice + system + irq + softirq) / TICKS_PER_SECOND


def _inherited() -> dict[str, str]:
    """The environment without settings of Jobcast's that were meant for another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JOBCAST_")}


def _prepare(cores: AbstractSet[int] | None) -> None:
    """In the child: end with the parent, and stay on these cores."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if cores:
            os.sched_setaffinity(0, cores)
