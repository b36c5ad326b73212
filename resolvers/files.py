"""Files that a viewer gives to a task."""

from __future__ import annotations

from typing import Any

from resolvers.context import Context
from tasks.arguments import BadFile
from tasks.files.reference import FileRef


async def receive_file(context: Context, value: Any) -> FileRef:
    """The stored file that an input names, if it is the viewer's.

    Uploads were stored before the operation began, and stand here as ids like all others.

    Raises:
        BadFile: There is no such file, or it is someone else's.
        StorageUnavailable: The store did not answer.
    """
    stored = (
        await context.services.files.stat_for(value, context.viewer.id, context.viewer.admin)
        if isinstance(value, str)
        else None
    )
    if stored is None:
        raise BadFile("There is no such file, or it is not yours.")
    return stored.ref
