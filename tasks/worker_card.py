"""`WorkerCard`: what a worker says of itself beside its lease."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """Kept in Valkey as JSON, for as long as the worker says it again."""

    host: str
    process_id: int
    version: str | None
    concurrency: int
    started_at_ms: int  # since 1970, by the worker's clock

    def to_json(self) -> bytes:
        """The stored form."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, stored: bytes) -> dict[str, Any]:
        """The stored form's members; of another version's card, those that it has."""
        value = orjson.loads(stored) if stored else {}
        return value if isinstance(value, dict) else {}
