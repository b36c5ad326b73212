"""What every test shares, and what those of `transcode_video` do, wherever they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tasks.files.storage import FileStorage


@pytest.fixture
def anyio_backend() -> str:
    """Jobcast runs on asyncio only."""
    return "asyncio"


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary files have a folder of their own, which must be empty again at the end."""
    from tests.support.video_jobs import clean_workplace

    with clean_workplace(tmp_path / "scratch", monkeypatch):
        yield


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of `storage`."""
    return tmp_path / "store"


@pytest.fixture
def storage(store: Path) -> FileStorage:
    """A storage in a folder."""
    from tasks.files.storage import FileStorage

    return FileStorage(store.as_uri())
