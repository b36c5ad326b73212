"""Asks whether a locked package is known to be vulnerable: `python -m tests.security.audit`.

Exit code 1 when one is, or when the tools fail; 0 when none is, and also when nobody can be
asked (offline, or behind a mirror that has no advisories): then it says `skipped`, and why.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# What the tests run, and what users build.
NPM_LOCKS = sorted(
    [
        *ROOT.glob("tests/e2e/*/package-lock.json"),
        *ROOT.glob("clients/*/package-lock.json"),
        ROOT / "console/package-lock.json",
    ]
)
OSV = "https://api.osv.dev/v1/query"  # has PyPI's advisories and GitHub's

# One request a package, some 0.1 s each; a service that is slower than this is as good as away.
MOST_SECONDS = 120
CONNECT_SECONDS = "10"

# How pip-audit ends when its service does not answer, or not as it should.
_AWAY = re.compile(r"^(requests\.exceptions|pip_audit\._service\.interface)\.|Could not connect")


class Verdict(Enum):
    """What came out, as the first word of a line."""

    CLEAN = "clean"
    VULNERABLE = "VULNERABLE"
    SKIPPED = "skipped"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict, and what led to it."""

    verdict: Verdict
    words: str

    @property
    def passes(self) -> bool:
        """Whether `make check` may go on."""
        return self.verdict in {Verdict.CLEAN, Verdict.SKIPPED}


def locked_requirements(to: Path) -> None:
    """Write what users get, as the lock has it, with hashes; of all platforms together."""
    options = ["--frozen", "--no-default-groups", "--no-emit-project", "--quiet"]
    uv = Path(sys.executable).with_name("uv")
    _run([str(uv), "export", *options, "--output-file", str(to)], ROOT).check_returncode()
    to.write_text(re.sub(r" ; [^\\\n]*", " ", to.read_text()))


def audit_python(requirements: Path, service: str = OSV) -> Outcome:
    """Ask about the packages of a requirements file, all of them pinned and with hashes."""
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    options += ["--timeout", CONNECT_SECONDS, "--format", "json"]
    options += ["--vulnerability-service", "osv", "--osv-url", service]
    try:
        run = _run([sys.executable, "-m", "pip_audit", *options, "-r", str(requirements)], ROOT)
    except subprocess.TimeoutExpired:
        return Outcome(Verdict.SKIPPED, f"{service} took longer than {MOST_SECONDS} s")
    if not run.stdout.strip():
        said = _last_line(run.stderr)
        return Outcome(Verdict.SKIPPED if _AWAY.search(said) else Verdict.FAILED, said)
    packages: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if found:
        return Outcome(Verdict.VULNERABLE, "; ".join(found))
    if unknown or not packages:
        return Outcome(Verdict.FAILED, f"not audited: {', '.join(unknown) or 'anything'}")
    return Outcome(Verdict.CLEAN, f"{len(packages)} packages")


def audit_npm(folder: Path, registry: str | None = None) -> Outcome:
    """Ask about the packages of the folder's package-lock.json."""
    if (npm := shutil.which("npm")) is None:
        return Outcome(Verdict.SKIPPED, "npm is not installed")
    command = [npm, "audit", "--package-lock-only", "--json"]
    if registry is not None:
        command += ["--registry", registry]
    try:
        run = _run(command, folder)
    except subprocess.TimeoutExpired:
        return Outcome(Verdict.SKIPPED, f"npm took longer than {MOST_SECONDS} s")
    if "audit endpoint returned an error" in run.stderr:
        return Outcome(Verdict.SKIPPED, json.loads(run.stdout)["message"])
    report = json.loads(run.stdout or "{}")
    if "metadata" not in report:
        return Outcome(Verdict.FAILED, _last_line(run.stderr))
    found = [f"{name}: {one['severity']}" for name, one in report["vulnerabilities"].items()]
    if found:
        return Outcome(Verdict.VULNERABLE, "; ".join(found))
    return Outcome(Verdict.CLEAN, f"{report['metadata']['dependencies']['total']} packages")


def main() -> int:
    """Audit every lock file of the project, and print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        locked_requirements(requirements)
        outcomes = {"uv.lock": audit_python(requirements)}
    for lock in NPM_LOCKS:
        outcomes[str(lock.relative_to(ROOT))] = audit_npm(lock.parent)
    for name, outcome in outcomes.items():
        print(f"audit of {name}: {outcome.verdict.value}: {outcome.words}", flush=True)
    return 0 if all(outcome.passes for outcome in outcomes.values()) else 1


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=MOST_SECONDS
    )


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


if __name__ == "__main__":
    sys.exit(main())
