"""What is installed: only what the locks name, by its hash, and nothing known to be vulnerable."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.security.audit import (
    NPM_LOCKS,
    Verdict,
    audit_npm,
    audit_python,
    locked_requirements,
)
from tests.support.advisories import advisories
from tests.support.stack import free_port

ROOT = Path(__file__).parents[2]

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def test_every_file_that_the_lock_names_has_a_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    packages = [one for one in lock["package"] if one["source"] != {"editable": "."}]

    assert len(packages) > 50
    for package in packages:
        assert set(package["source"]) == {"registry"}, package["name"]
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        assert package.get("wheels"), f"{package['name']} would be built, with what is not locked"
        for file in files:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]), file["url"]


def test_every_npm_package_that_a_lock_names_has_a_hash() -> None:
    assert NPM_LOCKS
    for lock in NPM_LOCKS:
        packages = json.loads(lock.read_text())["packages"]
        del packages[""]  # the test itself
        assert packages
        assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_make_installs_from_the_locks_alone() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installing = re.findall(r"(?:pip install|uv sync|uv pip install|npm) .*", makefile)

    assert len(installing) == 3
    for line in installing:
        assert (
            "--require-hashes" in line
            or "--frozen" in line
            or ("--offline" in line and "--no-deps" in line and "--no-build-isolation" in line)
        ), line


def test_the_uv_that_make_begins_with_is_the_locked_one() -> None:
    uv = Path(sys.executable).with_name("uv")
    options = ["--frozen", "--only-group", "bootstrap", "--no-annotate", "--no-header"]
    exported = subprocess.run(
        [uv, "export", *options], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    ).stdout

    kept = (ROOT / "uv-requirements.txt").read_text()
    assert kept.partition("\n")[2] == exported, "run `make lock`"
    assert "--hash=sha256:" in exported


def test_a_vulnerable_python_package_fails_the_audit(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    pinned = "jinja2==2.4.1", "idna==3.10"
    requirements.write_text("".join(f"{one} --hash=sha256:{'0' * 64}\n" for one in pinned))

    with advisories("jinja2") as service:
        outcome = audit_python(requirements, service)

    assert outcome.verdict is Verdict.VULNERABLE
    assert outcome.words == "jinja2 2.4.1: TEST-1"
    assert not outcome.passes


def test_the_whole_lock_is_audited(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    locked_requirements(requirements)

    with advisories("none-of-them") as service:
        outcome = audit_python(requirements, service)

    assert outcome.verdict is Verdict.CLEAN
    pinned = re.findall(r"^\S+==\S+ ", requirements.read_text(), re.MULTILINE)
    assert outcome.words == f"{len(pinned)} packages"
    assert any(one.startswith("uvloop==") for one in pinned)


@pytest.mark.parametrize("status", [403, None])
def test_an_audit_that_nobody_answers_says_so_and_passes(
    tmp_path: Path, status: int | None
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n")

    with advisories("jinja2", status=status or 200) as service:
        asked = service if status else f"http://127.0.0.1:{free_port()}"
        outcome = audit_python(requirements, asked)

    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.words
    assert outcome.passes


def test_a_requirement_without_a_hash_fails_the_audit(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("jinja2==2.4.1\n")

    with advisories("jinja2") as service:
        outcome = audit_python(requirements, service)

    assert outcome.verdict is Verdict.FAILED
    assert "hash" in outcome.words


@needs_npm
def test_a_vulnerable_npm_package_fails_the_audit() -> None:
    with advisories("ws") as registry:
        outcomes = [audit_npm(lock.parent, registry) for lock in NPM_LOCKS]

    found = [one for one in outcomes if one.verdict is Verdict.VULNERABLE]
    assert found
    assert all("ws: high" in one.words for one in found)


@needs_npm
def test_an_npm_audit_that_nobody_answers_says_so_and_passes() -> None:
    with advisories("ws", status=405) as mirror:
        outcomes = [
            audit_npm(NPM_LOCKS[0].parent, registry)
            for registry in (mirror, f"http://127.0.0.1:{free_port()}")
        ]

    assert [one.verdict for one in outcomes] == [Verdict.SKIPPED, Verdict.SKIPPED]
    assert "405" in outcomes[0].words
