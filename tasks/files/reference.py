"""`FileRef`: how a stored file is named in a task's parameters and results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file in Jobcast's storage.

    As a task's parameter, GraphQL clients give its id, or upload the file with the mutation.
    In a result, clients see its name, size, type and a signed link to fetch it.
    """

    id: str
    name: str = ""
    size_bytes: int = 0
    content_type: str = "application/octet-stream"
