"""What the shop sells. Prices come from here, never from the buyer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Product(StrEnum):
    """What the shop sells.

    Attributes:
        MUG: A mug, 12.50.
        NOTEBOOK: A notebook, 8.90.
        HEADPHONES: Headphones, 149.00.
        CONCERT_TICKET: A ticket, 65.00. Sold out for ever, to show a declared failure.
    """

    MUG = "mug"
    NOTEBOOK = "notebook"
    HEADPHONES = "headphones"
    CONCERT_TICKET = "concert_ticket"


class Currency(StrEnum):
    """What the shop takes.

    Attributes:
        EUR: Euro.
        USD: US dollar.
        GBP: Pound sterling.
    """

    EUR = "EUR"
    USD = "USD"
    GBP = "GBP"


@dataclass(frozen=True, slots=True)
class Offer:
    """A product's price, the same number in every currency, and how many there are at first."""

    price_cents: int
    stock: int


OFFERS = {
    Product.MUG: Offer(1250, 1_000_000),
    Product.NOTEBOOK: Offer(890, 1_000_000),
    Product.HEADPHONES: Offer(14_900, 1_000_000),
    Product.CONCERT_TICKET: Offer(6500, 0),
}
