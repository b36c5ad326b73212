"""`StoredFile`: what is known of a stored file, kept beside its content."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from tasks.files.reference import FileRef

_ID = re.compile(r"file_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of one owner."""

    id: str
    owner: str
    name: str
    size_bytes: int
    content_type: str
    created_at: datetime

    @property
    def ref(self) -> FileRef:
        """How tasks and clients name it."""
        return FileRef(self.id, self.name, self.size_bytes, self.content_type)

    def encode(self) -> bytes:
        """The stored form."""
        return _ADAPTER.dump_json(self)

    @classmethod
    def decode(cls, raw: bytes) -> StoredFile:
        """Read `encode`'s form."""
        return _ADAPTER.validate_json(raw)


_ADAPTER = TypeAdapter(StoredFile)


def new_file_id() -> str:
    """An id that nobody can guess: 128 random bits."""
    return f"file_{secrets.token_hex(16)}"


def is_file_id(text: str) -> bool:
    """Whether `text` can be a file's id; anything else must never reach a store."""
    return _ID.fullmatch(text) is not None


def sidecar(file_id: str) -> str:
    """The name of the object that holds what is known of a file."""
    return f"{file_id}.json"
