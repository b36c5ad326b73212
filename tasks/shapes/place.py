"""Where an annotation stands: for messages, and for naming what has no name of its own."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where an annotation stands."""

    label: str  # for messages
    name: str  # PascalCase; becomes the name of an unnamed enum or union
    union: bool = False  # whether a union of classes may stand here

    def within(self) -> Place:
        """The same place, for what stands inside an object there."""
        return dataclasses.replace(self, union=False)
