"""What tests of `transcode_video` share: a place to work in, and ways to look at what is left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.examples.configuration import Configuration, configure
from tasks.examples.video import Preset, Video, transcode_video
from tasks.files.reference import FileRef
from tasks.files.storage import FileStorage
from tests.support.job_context import RecordingJob

FAST = Configuration(encoder_speed="ultrafast")


@contextmanager
def clean_workplace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary files go to `folder`, which must be empty again at the end."""
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    configure(FAST)
    yield
    configure(Configuration())
    assert list(folder.iterdir()) == []


async def upload(storage: FileStorage, path: Path, owner: str = "ada") -> FileRef:
    return await storage.upload(path, owner=owner, name=path.name)


async def transcode(job: RecordingJob, film: FileRef, preset: Preset = Preset.P480) -> Video:
    return await transcode_video(job, film, preset)


def stored_files(folder: Path) -> list[str]:
    """All that is in a storage's folder."""
    return sorted(path.name for path in folder.iterdir())


def children_running(name: str) -> list[int]:
    """This process's children that have `name` in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and name in command:
            found.append(int(folder.name))
    return found
