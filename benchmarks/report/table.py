"""The table, as Markdown; and its place in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers.peer import ROOT
from benchmarks.report import machine, targets
from benchmarks.report.results import Results
from benchmarks.report.runner import Plan

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def markdown(plan: Plan, results: Results) -> str:
    """Where and with what it was measured, and the table."""
    date = datetime.now(UTC).date().isoformat()
    quick = ["Quick: a fraction of the sizes that are named; it shows that it runs, and no more."]
    facts = [
        *(quick if plan.scale.quick else []),
        f"Measured {date} on {machine.machine()}; {_times(plan.repeat)}.",
        *machine.versions(plan.peers),
    ]
    return "\n".join([*(f"- {fact}" for fact in facts), "", *_lines(plan, results)])


def write(text: str, document: Path = DOCUMENT) -> None:
    """Put it between the markers of the document."""
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} lacks the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _times(repeat: int) -> str:
    return "once" if repeat == 1 else f"{repeat} repetitions"


def _lines(plan: Plan, results: Results) -> Iterator[str]:
    yield f"| | {' | '.join(peer.title for peer in plan.peers)} | Jobcast is to reach |"
    yield "|---|" + "--:|" * len(plan.peers) + "---|"
    titles = {peer.name: peer.title for peer in plan.peers}
    for measure in plan.measures:
        yield f"| **{measure.title}** |" + " |" * (len(plan.peers) + 1)
        for row in measure.rows:
            cells = [results.cell(measure.name, row, peer.name) for peer in plan.peers]
            if set(cells) == {"–"}:
                continue
            verdicts = [
                target.verdict(results.median, titles)
                for target in targets.ALL
                if (target.measure, target.row) == (measure.name, row.key)
            ]
            reached = "; ".join(verdict for verdict in verdicts if verdict)
            yield f"| {row.title} | {' | '.join(cells)} | {reached} |"
