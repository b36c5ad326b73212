"""Finds classes that no input could ever be written for, since each needs another of itself."""

from __future__ import annotations

from tasks.shapes.errors import Inexpressible
from tasks.shapes.shape import Object, Shape, parts


def refuse_endless(shape: Shape, label: str) -> None:
    """Refuse an input that would have to hold itself.

    GraphQL, 3.10 Input Objects, "Circular References": through a nullable field or a list it may.

    Raises:
        Inexpressible: It would.
    """
    for part in parts(shape):
        if isinstance(part, Object) and _leads_back(part, part, set()):
            raise Inexpressible(
                f"{label}: each {part.name} would have to hold another one, without end",
                "Make one of the fields on the way optional, or a list.",
            )


def _leads_back(start: Object, here: Object, seen: set[int]) -> bool:
    for field in here.fields:
        target = field.shape
        if not field.settable or not isinstance(target, Object) or id(target) in seen:
            continue
        seen.add(id(target))
        if target is start or _leads_back(start, target, seen):
            return True
    return False
