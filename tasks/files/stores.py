"""`open_store`: the object store that a URL names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from tasks.files.errors import FileNotFound, InvalidStorageUrl, StorageUnavailable

_REMOTE = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")


def open_store(url: str) -> tuple[ObjectStore, Path | None]:
    """The store, and its folder when it is one on this machine.

    A local folder is made if missing, readable by this user only.

    Raises:
        InvalidStorageUrl: The URL names no store, or one that lacks its configuration.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "memory":
            return MemoryStore(), None
        if parts.scheme == "file":
            folder = _folder(parts.netloc, parts.path, url)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(folder), folder
        if parts.scheme in _REMOTE:
            return from_url(url), None
    except (BaseError, OSError) as exc:
        # The store's own text may repeat keys that the URL holds.
        raise InvalidStorageUrl(f"The {parts.scheme} storage cannot be opened.") from exc
    raise InvalidStorageUrl("Files are stored at file:///path, s3://, gs:// or az:// addresses.")


@contextmanager
def translated() -> Iterator[None]:
    """Turn the store's errors into ours.

    Raises:
        FileNotFound: There is no such object.
        StorageUnavailable: The store did not answer, or refused.
    """
    try:
        yield
    except (NotFoundError, FileNotFoundError) as exc:
        raise FileNotFound("There is no such file.") from exc
    except (BaseError, OSError) as exc:
        raise StorageUnavailable("The file storage did not answer, or refused.") from exc


def _folder(host: str, path: str, url: str) -> Path:
    if host not in {"", "localhost"} or not path.startswith("/"):
        raise InvalidStorageUrl(f"{url} is no local path: write file:///path, with three slashes.")
    return Path(url2pathname(path)).resolve()
