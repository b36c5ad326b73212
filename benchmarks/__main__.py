"""`make bench`: measures Jobcast beside its peers, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Sequence
from typing import TypeVar

from benchmarks.measures import registry as measures
from benchmarks.measures.measure import Measure, Scale
from benchmarks.peers import registry as peers
from benchmarks.peers.peer import ROOT, Peer
from benchmarks.report.runner import Plan, run
from benchmarks.report.table import DOCUMENT, markdown, write
from benchmarks.running.install import NotInstalled, install

LOG = ROOT / ".cache" / "benchmarks.jsonl"

Named = TypeVar("Named", Measure, Peer)

# Ten thousand connections, and what else a process has open.
OPEN_FILES = 10_500
OPEN_FILES_QUICK = 1_500


def main() -> int:
    """Exit code 0, or 1 when something failed or was miscounted, or 2 when it cannot run."""
    arguments = _arguments()
    if sys.platform != "linux":
        print("The benchmarks read /proc and pin processes to cores: they need Linux.")
        return 2
    plan = Plan(
        _chosen(measures.ALL, arguments.only, "measure"),
        _chosen(peers.ALL, arguments.peers, "peer"),
        1 if arguments.quick else arguments.repeat,
        Scale(arguments.quick),
    )
    if problem := _raise_open_files(OPEN_FILES_QUICK if arguments.quick else OPEN_FILES):
        print(problem)
        return 2
    try:
        install(plan.peers)
    except NotInstalled as exc:
        print(exc)
        return 2
    print(f"This takes about {plan.minutes:.0f} minutes. Leave the machine alone.", flush=True)
    results = run(plan, LOG)
    text = markdown(plan, results)
    print(f"\n{text}\n")
    whole = plan.measures == measures.ALL and plan.peers == peers.ALL and not arguments.quick
    if results.failures:
        print("FAILED, and so nothing was written:", *results.failures, sep="\n- ")
        return 1
    if whole:
        write(text)
        print(f"Written to {DOCUMENT.relative_to(ROOT)}.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join(measure.name for measure in measures.ALL)
    parser.add_argument("--only", default="", help=f"measures, with commas between: {names}")
    names = ", ".join(peer.name for peer in peers.ALL)
    parser.add_argument("--peers", default="", help=f"peers, with commas between: {names}")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default: 3)")
    parser.add_argument("--quick", action="store_true", help="small and once: does it run at all?")
    return parser.parse_args()


def _chosen(all: Sequence[Named], names: str, kind: str) -> Sequence[Named]:
    by_name = {one.name: one for one in all}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in by_name]:
        sys.exit(f"There is no {kind} {', '.join(unknown)}; there are {', '.join(by_name)}.")
    return [by_name[name] for name in wanted] or all


def _raise_open_files(needed: int) -> str:
    """Allow as many as may be; what to do when that is not enough."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY and most < needed:
        return (
            f"A process may have {most} files open; {needed} are needed, one for each connection. "
            "Raise the hard limit (ulimit -Hn), or run QUICK=1."
        )
    return ""


if __name__ == "__main__":
    sys.exit(main())
