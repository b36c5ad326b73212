"""`File`: a stored file in a result."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.context import SchemaContext
from schema.scalars import BigInt
from tasks.files.reference import FileRef


def _is_file(value: Any, _info: Any) -> bool:
    return isinstance(value, FileRef)


def _url(root: FileRef, info: strawberry.Info) -> str:
    context: SchemaContext = info.context
    return context.file_url(root)


@strawberry.type(description="A stored file. Its owner's later jobs can take it by its id.")
class File:
    """The output form of `FileRef`, which answers its fields."""

    id: strawberry.ID = strawberry.field(
        description="Its id; give it where a FileRef is asked for."
    )
    name: str = strawberry.field(description="Its name, without a folder.")
    size_bytes: BigInt = strawberry.field(description="Its size in bytes.")
    content_type: str = strawberry.field(description="Its media type, such as `video/mp4`.")

    url: str = strawberry.field(
        resolver=_url,
        description="Where to fetch it; signed, and good for a limited time: then it answers 410, "
        "and you ask for a new one. Jobs go on naming a file that was deleted, whose link answers "
        "404.",
    )

    is_type_of = _is_file
