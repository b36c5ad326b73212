"""Errors of file storage and of links to files.

FileError
├── FileNotFound         no such file (or not this owner's: the two look alike)
├── FileTooLarge         more was written than the writer allows; nothing was kept
├── StorageFull          the owner's files take as much as they may; nothing was kept
├── StorageUnavailable   the store did not answer, or refused
├── InvalidStorageUrl    the configured URL names no store
└── InvalidLink          the link was not signed here, or was changed
    └── LinkExpired      it was, but its time is over
"""

from __future__ import annotations


class FileError(Exception):
    """Base of all errors that `tasks.files` raises on purpose."""


class FileNotFound(FileError):
    """There is no such file, or it belongs to someone else; ask its owner for a new one."""


class FileTooLarge(FileError):
    """The file is larger than `limit_bytes`; nothing of it was kept."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The file is larger than {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes


class StorageFull(FileError):
    """The owner's files take `used_bytes` of `limit_bytes`; nothing was kept. Delete some."""

    def __init__(self, used_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            f"Your files take {used_bytes} bytes of {limit_bytes}. Delete some with `deleteFile`; "
            "`viewer { storedFiles }` lists them."
        )
        self.used_bytes = used_bytes
        self.limit_bytes = limit_bytes


class StorageUnavailable(FileError):
    """The store did not answer, or refused; `__cause__` says why. Trying again may help."""


class InvalidStorageUrl(FileError):
    """The URL names no store; use `file:///path`, `s3://`, `gs://`, `az://` or `memory://`."""


class InvalidLink(FileError):
    """The link was not signed with this key, or was changed; ask the API for a new one."""


class LinkExpired(InvalidLink):
    """The link worked once, but its time is over; ask the API for a new one."""
