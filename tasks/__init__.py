"""Tasks and their jobs. `from tasks import task, JobContext` is where an author begins."""

from __future__ import annotations

from tasks.context import JobContext, SyncJobContext
from tasks.definition import TaskDefinition
from tasks.files.reference import FileRef

# Eager, since this name is also that of the module: what was imported last would win.
from tasks.task import task

__all__ = ["FileRef", "JobContext", "SyncJobContext", "TaskDefinition", "task"]
