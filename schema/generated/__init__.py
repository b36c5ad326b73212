"""The GraphQL types of tasks, made from their definitions."""

from __future__ import annotations

from schema.generated.types import GeneratedTypes, TaskTypes

__all__ = ["GeneratedTypes", "TaskTypes"]
