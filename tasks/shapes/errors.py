"""Errors of reading types."""

from __future__ import annotations


class Inexpressible(Exception):
    """GraphQL cannot say this; `tasks.signature` adds where, as `InvalidTask`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
