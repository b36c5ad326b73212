"""Jobcast: background jobs with a live GraphQL API.

`from jobcast import task, JobContext, SyncJobContext, FileRef` is all that a module of tasks
needs. These names are loaded at first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.context import JobContext, SyncJobContext
    from tasks.files.reference import FileRef
    from tasks.task import task

__version__ = "0.1.0"
__all__ = ["FileRef", "JobContext", "SyncJobContext", "__version__", "task"]

_HOMES = {
    "FileRef": "tasks.files.reference",
    "JobContext": "tasks.context",
    "SyncJobContext": "tasks.context",
    "task": "tasks.task",
}


def _put_folders_first_on_path() -> None:
    """Make `schema`, `resolvers`, `tasks` and `broadcaster` importable by these names.

    In the wheel they travel in `_app`; in a checkout they stand beside this package. First on
    the path, since names like these could otherwise be found in the working directory.
    """
    here = Path(__file__).resolve().parent
    bundled = here / "_app"
    home = str(bundled if bundled.is_dir() else here.parent)
    if sys.path[:1] != [home]:
        sys.path.insert(0, home)


_put_folders_first_on_path()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
