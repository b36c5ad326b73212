"""Why compiled code gives up; neither ever leaves the package.

PlanError
├── Unsupported     the operation has a shape that is not compiled
└── Unfit           this time, something is not as the good path has it
"""

from __future__ import annotations


class PlanError(Exception):
    """Base of both: the executor is to answer."""


class Unsupported(PlanError):
    """The operation, or this form of it, is the executor's for good."""


class Unfit(PlanError):
    """The executor is to answer this time."""
