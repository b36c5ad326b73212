"""The GraphQL types of tasks, made from their definitions."""

from __future__ import annotations

from schema.generated.tasks import TaskTypes
from schema.generated.types import GeneratedTypes

__all__ = ["GeneratedTypes", "TaskTypes"]
