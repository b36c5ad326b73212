"""The key that signs links, when the settings name none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from jobcast.errors import InvalidSettings
from jobcast.file_storage import open_link_signer, open_storage
from jobcast.settings import Settings


def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")

    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: open_link_signer(settings), range(32)))

    link = urlsplit(signers[0].sign("f" * 32, timedelta(minutes=1)))
    query = parse_qs(link.query)
    for signer in signers:
        signer.verify("f" * 32, query["expires"][0], query["signature"][0])


def test_the_key_is_the_owner_s_to_read_and_no_draft_is_left(tmp_path: Path) -> None:
    open_link_signer(Settings(data_dir=tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["link.key"]
    assert (tmp_path / "link.key").stat().st_mode & 0o077 == 0


def test_links_begin_with_the_public_url(tmp_path: Path) -> None:
    signer = open_link_signer(Settings(data_dir=tmp_path, public_url="https://jobs.example.org/"))

    assert signer.sign("f" * 32, timedelta(minutes=1)).startswith(
        "https://jobs.example.org/files/" + "f" * 32
    )


def test_a_url_that_names_no_store_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="JOBCAST_FILES_URL"):
        open_storage(Settings(files_url="ftp://example.org"))
