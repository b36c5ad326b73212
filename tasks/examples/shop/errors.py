"""What can go wrong with an order. All are declared by the task: clients get their fields."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.examples.shop.catalogue import Product


# `eq=False` keeps exceptions hashable, which `traceback` and `contextlib` rely on.
@dataclass(eq=False)
class OutOfStock(Exception):
    """There are not enough of a product; order fewer. Nothing was charged.

    Attributes:
        product: The product.
        available: How many can be had.
    """

    product: Product
    available: int

    def __str__(self) -> str:
        return f"Only {self.available} of {self.product.value} can be had."


@dataclass(eq=False)
class PaymentDeclined(Exception):
    """The payment was declined for good; use another method. Nothing was charged.

    Attributes:
        reason: What the payment service said.
    """

    reason: str

    def __str__(self) -> str:
        return f"The payment was declined: {self.reason}."


class PaymentGatewayBusy(Exception):
    """The payment service gave no answer. Asking again with the same key charges once only."""
