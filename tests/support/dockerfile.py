"""The project's Dockerfile, carried out without Docker: same commands, in a folder as root."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SYSTEM_PYTHONS = (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")
# To compile and copy all that is installed takes 20 s.
_QUICK = {"UV_COMPILE_BYTECODE": "0", "UV_LINK_MODE": "hardlink"}
# What .dockerignore keeps out as well.
_CACHES = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "console_files")
BUILD_SECONDS = 300  # from an empty cache, the packages come over the network


class Image:
    """What the Dockerfile makes, below `root`; `user` is who it runs as (None: who we are)."""

    def __init__(self, root: Path, python: str, user: int | None) -> None:
        self.root = root
        self.user = user
        self.environment: dict[str, str] = {}
        self.entrypoint: list[str] = []
        self.command: list[str] = []
        self.health_check: list[str] = []
        self.stop_signal = ""
        self._programs = {"python": python, "uv": str(Path(sys.executable).with_name("uv"))}

    @property
    def data(self) -> Path:
        """Where it may write."""
        return self.root / "data"

    @property
    def workdir(self) -> Path:
        """Where it is started."""
        return self.root / "app"

    def build(self) -> None:
        """Carry out the first stage, and read the second."""
        first, second = _stages()
        source = self.root / "src"
        for folder in (source, self.data, self.workdir):
            folder.mkdir()
        variables: dict[str, str] = {}
        for name, value in first:
            match name:
                case "ENV":
                    variables |= dict(pair.split("=", 1) for pair in shlex.split(value))
                case "COPY":
                    _copy(*value.split(), to=source)
                # The environment of the tests has the same uv already.
                case "RUN" if '"pip", "install", "--require-hashes", "-r", "uv-' not in value:
                    self._run(json.loads(value), source, variables)
        for name, value in second:
            match name:
                case "ENV":
                    pairs = (pair.split("=", 1) for pair in shlex.split(value))
                    self.environment |= {key: self._placed(text) for key, text in pairs}
                case "ENTRYPOINT":
                    self.entrypoint = [str(self.root / "opt/jobcast/bin" / json.loads(value)[0])]
                case "CMD":
                    self.command = json.loads(value)
                case "HEALTHCHECK":
                    python, *rest = json.loads(value.partition("CMD ")[2])
                    self.health_check = [str(self.root / "opt/jobcast/bin" / python), *rest]
                case "STOPSIGNAL":
                    self.stop_signal = value
                case "USER":
                    assert value == "10001:10001"
        if self.user is not None:
            os.chown(self.data, self.user, self.user)

    def _run(self, command: list[str], folder: Path, variables: dict[str, str]) -> None:
        program, *arguments = map(self._placed, command)
        subprocess.run(
            [self._programs.get(program, program), *arguments],
            cwd=folder,
            env={**os.environ, **variables, **_QUICK},
            check=True,
            capture_output=True,
            timeout=BUILD_SECONDS,
        )

    def _placed(self, text: str) -> str:
        for place in ("/opt", "/data"):
            if text.startswith(place):
                return f"{self.root}{text}".replace("$PATH", os.environ["PATH"])
        return text


def python_for_all(user: int | None) -> str | None:
    """An interpreter that `user` can run as well, if there is one; new enough for us."""
    program = "import sys; print(sys.version_info >= (3, 11) and sys.version)"
    for python in SYSTEM_PYTHONS:
        try:
            ours, theirs = (
                subprocess.check_output([python, "-c", program], user=as_user, cwd="/")
                for as_user in (None, user)
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        if ours == theirs != b"False\n":
            return python
    return None


def _stages() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    stages: list[list[tuple[str, str]]] = []
    for name, value in _instructions():
        if name == "FROM":
            stages.append([])
        else:
            stages[-1].append((name, value))
    first, second = stages
    return first, second


def _instructions() -> Iterator[tuple[str, str]]:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition(" ")
            yield name, value


def _copy(*paths: str, to: Path) -> None:
    *sources, target = paths
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, to / target, ignore=_CACHES)
        else:
            shutil.copy(ROOT / source, to / target)
