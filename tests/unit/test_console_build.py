"""The console is built again when, and only when, something that it is made from has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from console import build

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which npm only notes that it was run, and makes an empty console."""
    sources = tmp_path / "console"
    (sources / "src").mkdir(parents=True)
    (sources / "src" / "main.tsx").write_text("1")
    (sources / "package-lock.json").write_text("{}")
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.graphql").write_text("type Query { a: Int }")
    (tmp_path / "jobcast").mkdir()
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCES", sources)
    monkeypatch.setattr(build, "TARGET", tmp_path / "jobcast" / "console_files")

    def npm(_: dict[str, str], arguments: list[str], __: int) -> None:
        with (tmp_path / "runs").open("a") as runs:
            runs.write(" ".join(arguments[:2]) + "\n")
        made = "node_modules" if arguments[0] == "ci" else "dist"
        (sources / made).mkdir(exist_ok=True)
        (sources / made / "index.html").write_text("built")

    monkeypatch.setattr(build, "_npm", npm)
    monkeypatch.setattr(build, "_environment_with_node", dict)
    return tmp_path


def runs(checkout: Path) -> list[str]:
    return (checkout / "runs").read_text().splitlines()


def test_unchanged_sources_are_not_built_again(checkout: Path) -> None:
    first = build.build_console()
    again = build.build_console()

    assert (first, again) == (True, False)
    assert runs(checkout) == ["ci --no-audit", "run build"]
    assert (checkout / "jobcast" / "console_files" / "index.html").read_text() == "built"


@pytest.mark.parametrize(
    "name", ["console/src/main.tsx", "console/new.ts", "schema/schema.graphql"]
)
def test_a_changed_source_is_built_without_installing_again(checkout: Path, name: str) -> None:
    build.build_console()
    (checkout / name).write_text("2")

    assert build.build_console()
    assert runs(checkout) == ["ci --no-audit", "run build", "run build"]


def test_other_packages_are_installed(checkout: Path) -> None:
    build.build_console()
    (checkout / "console" / "package-lock.json").write_text('{"other": 1}')

    build.build_console()

    assert runs(checkout) == ["ci --no-audit", "run build"] * 2


def test_what_the_build_makes_is_no_source(checkout: Path) -> None:
    before = build.sources_digest()
    build.build_console()
    for name in ("node_modules/a.js", "src/generated/graphql.ts", "dist/b.js"):
        path = checkout / "console" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made")

    assert build.sources_digest() == before


def test_a_build_that_was_cut_off_is_done_again(checkout: Path) -> None:
    build.build_console()
    (checkout / "jobcast" / "console_files" / build.DIGEST).unlink()

    assert build.build_console()


def test_a_node_that_is_too_old_is_refused_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("node", "npm"):
        old = tmp_path / program
        old.write_text("#!/bin/sh\necho v18.19.0\n")
        old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(build.NodeMissing, match=r"Node 20\.19"):
        build._environment_with_node()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_nothing_that_is_built_is_kept_in_git() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()

    assert "/jobcast/console_files/" in ignored
    assert "/console/src/generated/" in ignored
