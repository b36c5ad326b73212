"""`PaymentGateway`: a payment service that fails now and then, as real ones do."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tasks.examples.shop.catalogue import Currency
from tasks.examples.shop.database import Database
from tasks.examples.shop.errors import PaymentDeclined, PaymentGatewayBusy

# Methods with a known answer, as payment services offer them for tests.
DECLINED_METHODS = {
    "pm_card_declined": "the bank refused it",
    "pm_card_expired": "the card has expired",
    "pm_insufficient_funds": "the account does not cover it",
}


class Fault(Enum):
    """How a request fails."""

    REFUSED = "refused"  # too busy: nothing was charged
    ANSWER_LOST = "answer lost"  # charged, but the caller cannot know


# Asked for each request: its idempotency key, and its number among those with this key (1, 2 …).
FaultPolicy = Callable[[str, int], Fault | None]


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken, once."""

    id: str
    amount_cents: int
    currency: Currency


def now_and_then(idempotency_key: str, request: int) -> Fault | None:
    """One key in four is refused at first, one in eight loses its first answer."""
    if request > 1:
        return None
    draw = hashlib.sha256(idempotency_key.encode()).digest()[0]
    if draw < 64:
        return Fault.REFUSED
    return Fault.ANSWER_LOST if draw < 96 else None


class PaymentGateway:
    """Charges at most once for an idempotency key, however often it is asked."""

    def __init__(self, database: Database, faults: FaultPolicy = now_and_then) -> None:
        self._database = database
        self._faults = faults

    def charge(
        self, idempotency_key: str, amount_cents: int, currency: Currency, method: str
    ) -> Charge:
        """Take the money; the same key gives the same charge.

        Raises:
            PaymentDeclined: It will not be paid with this method.
            PaymentGatewayBusy: There was no answer; ask again with the same key.
        """
        fault = self._faults(idempotency_key, self._count_request(idempotency_key))
        if fault is Fault.REFUSED:
            raise PaymentGatewayBusy("The payment service is busy.")
        if method in DECLINED_METHODS:
            raise PaymentDeclined(DECLINED_METHODS[method])
        charge = self._charge_once(idempotency_key, amount_cents, currency)
        if fault is Fault.ANSWER_LOST:
            raise PaymentGatewayBusy("The payment service did not answer in time.")
        return charge

    def void(self, idempotency_key: str) -> None:
        """Give back what was charged with this key, and take nothing with it from now on.

        So a request that is still under way cannot charge for an order that was given up.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO voided VALUES (?) ON CONFLICT DO NOTHING", (idempotency_key,)
            )
            connection.execute("DELETE FROM charges WHERE idempotency_key = ?", (idempotency_key,))

    def charges(self) -> list[Charge]:
        """All money that was taken and not given back."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id, amount_cents, currency FROM charges").fetchall()
        return [_charge(row) for row in rows]

    def _count_request(self, idempotency_key: str) -> int:
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO requests VALUES (?, 1) "
                "ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
                (idempotency_key,),
            ).fetchone()
        return int(row[0])

    def _charge_once(self, idempotency_key: str, amount_cents: int, currency: Currency) -> Charge:
        with self._database.transaction() as connection:
            if connection.execute(
                "SELECT 1 FROM voided WHERE idempotency_key = ?", (idempotency_key,)
            ).fetchone():
                raise PaymentDeclined("the order was given up")
            connection.execute(
                "INSERT INTO charges VALUES (?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
                (idempotency_key, f"ch_{secrets.token_hex(12)}", amount_cents, currency.value),
            )
            row = connection.execute(
                "SELECT id, amount_cents, currency FROM charges WHERE idempotency_key = ?",
                (idempotency_key,),
            ).fetchone()
        charge = _charge(row)
        if (charge.amount_cents, charge.currency) != (amount_cents, currency):
            raise PaymentDeclined("the key was used for another amount")
        return charge


def _charge(row: tuple[str, int, str]) -> Charge:
    return Charge(row[0], row[1], Currency(row[2]))
