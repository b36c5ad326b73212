"""The shop's SQLite file: what is in stock, reserved, charged and told."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

LOCK_TIMEOUT = 5.0  # seconds to wait for another writer; each transaction takes milliseconds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (
    product TEXT PRIMARY KEY,
    available INTEGER NOT NULL CHECK (available >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS reservations (
    order_key TEXT NOT NULL,
    product TEXT NOT NULL REFERENCES stock,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_key, product)
) STRICT;
CREATE TABLE IF NOT EXISTS charges (
    idempotency_key TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    currency TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS voided (
    idempotency_key TEXT PRIMARY KEY
) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    idempotency_key TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS notifications (
    message_id TEXT PRIMARY KEY
) STRICT;
"""


class Database:
    """Opens a connection for each transaction, so that any thread may ask."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        with self.transaction() as connection:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The only writer for the block; committed at its end, undone when it raises.

        Raises:
            sqlite3.OperationalError: Others held the database for too long.
        """
        connection = sqlite3.connect(self._path, timeout=LOCK_TIMEOUT, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.close()


@cache
def open_database(path: Path | None) -> Database:
    """The database at `path`, opened once; None: one that lasts as long as this process."""
    if path is None:
        path = Path(tempfile.mkdtemp(prefix="jobcast-shop-")) / "shop.sqlite3"
    return Database(path)
