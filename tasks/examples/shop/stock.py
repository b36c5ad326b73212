"""`Stock`: sets products aside for an order, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.examples.shop.catalogue import OFFERS, Product
from tasks.examples.shop.database import Database
from tasks.examples.shop.errors import OutOfStock


class Stock:
    """The shop's shelves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(self, order_key: str, quantities: Mapping[Product, int]) -> bool:
        """Set products aside for an order; False when that order has them already.

        Raises:
            OutOfStock: There are not enough; nothing was set aside.
        """
        with self._database.transaction() as connection:
            held = connection.execute(
                "SELECT 1 FROM reservations WHERE order_key = ?", (order_key,)
            ).fetchone()
            if held:
                return False
            for product, quantity in quantities.items():
                connection.execute(
                    "INSERT INTO stock VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (product.value, OFFERS[product].stock),
                )
                available: int = connection.execute(
                    "SELECT available FROM stock WHERE product = ?", (product.value,)
                ).fetchone()[0]
                if available < quantity:
                    raise OutOfStock(product, available)
                connection.execute(
                    "UPDATE stock SET available = available - ? WHERE product = ?",
                    (quantity, product.value),
                )
                connection.execute(
                    "INSERT INTO reservations VALUES (?, ?, ?)",
                    (order_key, product.value, quantity),
                )
        return True

    def release(self, order_key: str) -> None:
        """Put back what was set aside for an order; nothing happens the second time."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE stock SET available = available + reserved.quantity "
                "FROM (SELECT product, quantity FROM reservations WHERE order_key = ?) AS reserved "
                "WHERE stock.product = reserved.product",
                (order_key,),
            )
            connection.execute("DELETE FROM reservations WHERE order_key = ?", (order_key,))

    def available(self, product: Product) -> int:
        """How many can be had."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT available FROM stock WHERE product = ?", (product.value,)
            ).fetchone()
        return OFFERS[product].stock if row is None else int(row[0])
