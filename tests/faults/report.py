"""Run every fault and print one table: `python -m tests.faults.report [pytest's arguments]`.

When all of them ran, the table replaces the one in docs/guarantees.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.system import LEASE
from tests.faults.verdict import Verdict

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guarantees.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"

_HEAD = (
    "| fault | accepted | terminal | lost | doubled | gaps | told | recovery s, median / max |\n"
    "|---|---|---|---|---|---|---|---|"
)


def main(arguments: list[str]) -> int:
    """Run them; the exit code is pytest's."""
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "FAULTS": "full", "FAULTS_REPORT": folder}
        command = [sys.executable, "-m", "pytest", "tests/faults", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        verdicts = [Verdict(**json.loads(path.read_text())) for path in Path(folder).iterdir()]
    text = table(sorted(verdicts, key=lambda verdict: (verdict.test, verdict.fault)))
    print(f"\n{text}")
    if code == 0 and not arguments:
        write(text)
    return code


def table(verdicts: Iterable[Verdict]) -> str:
    """One row a fault, and their sum."""
    rows = list(verdicts)
    total = Verdict("**all**", 0)
    for row in rows:
        for name in ("accepted", "terminal", "lost", "doubled", "gaps", "told"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        total.recovery += row.recovery
    day = datetime.now(UTC).date().isoformat()
    about = (
        f"{len(rows)} faults, {total.accepted} jobs, {day}, on {os.cpu_count()} cores that ran "
        "everything at once: Valkey, API, workers and clients. "
        f"The lease was {LEASE.total_seconds():g} s.\n"
    )
    return "\n".join(
        [
            about,
            _HEAD,
            *(row.row() for row in rows),
            total.row(),
        ]
    )


def write(text: str) -> None:
    """Put the table where the last one was."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
