"""Where files are kept, and the key that signs links to them, as the settings say."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from jobcast.errors import InvalidSettings
from jobcast.settings import Settings
from tasks.files.errors import InvalidStorageUrl
from tasks.files.ledger import FileLedger
from tasks.files.links import LinkSigner
from tasks.files.storage import FileStorage

LINK_KEY_BYTES = 32


def open_storage(settings: Settings, ledger: FileLedger | None = None) -> FileStorage:
    """The storage of `JOBCAST_FILES_URL`, else a folder in the data directory.

    `ledger` charges files to their owners.

    Raises:
        InvalidSettings: The URL names no store.
    """
    url = settings.files_url or (settings.data_dir.resolve() / "files").as_uri()
    try:
        return FileStorage(url, ledger)
    except InvalidStorageUrl as exc:
        raise InvalidSettings([f"JOBCAST_FILES_URL: {exc}"]) from None


def link_secret(settings: Settings) -> bytes:
    """`JOBCAST_LINK_SECRET`, else a key kept in the data directory."""
    if settings.link_secret is not None:
        return settings.link_secret.get_secret_value().encode()
    return _kept_key(settings.data_dir / "link.key")


def open_link_signer(settings: Settings) -> LinkSigner:
    """Signs links to files."""
    return LinkSigner(link_secret(settings), base_url=settings.public_url or "")


def _kept_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name, then linked: of several processes that start at
        # once, one wins, and no one reads half a key.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(LINK_KEY_BYTES))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # the other's
        finally:
            draft.unlink()
    return path.read_bytes()
