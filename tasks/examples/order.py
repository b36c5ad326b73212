"""`place_order`: three steps that outside services take, safe to repeat."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from pydantic import Field

from tasks import JobContext, task
from tasks.context import LogLevel
from tasks.errors import AttemptSuperseded
from tasks.examples.configuration import current
from tasks.examples.shop.catalogue import OFFERS, Currency, Product
from tasks.examples.shop.database import open_database
from tasks.examples.shop.errors import OutOfStock, PaymentDeclined, PaymentGatewayBusy
from tasks.examples.shop.gateway import Charge, PaymentGateway
from tasks.examples.shop.mail import Notification, Notifier
from tasks.examples.shop.stock import Stock

CLEANUP_TIMEOUT = 10  # seconds


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order."""

    product: Annotated[Product, Field(description="What to buy.")]
    quantity: Annotated[int, Field(ge=1, le=100, description="How many of it.")] = 1


@dataclass(frozen=True, slots=True)
class Payment:
    """How an order is paid."""

    method: Annotated[
        str,
        Field(
            pattern=r"^pm_[a-z0-9_]{1,40}$",
            description="The payment service's token: `pm_card_visa` is accepted, "
            "`pm_card_declined` is not.",
        ),
    ] = "pm_card_visa"
    currency: Annotated[Currency, Field(description="What to pay in.")] = Currency.EUR


@dataclass(frozen=True, slots=True)
class Order:
    """What someone wants to buy."""

    email: Annotated[
        str,
        Field(
            max_length=254,
            pattern=r"^[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            description="Where the confirmation goes.",
        ),
    ]
    items: Annotated[
        list[OrderItem], Field(min_length=1, max_length=20, description="What to buy.")
    ]
    payment: Annotated[Payment, Field(description="How it is paid.")] = Payment()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paid order."""

    charge: Annotated[str, Field(description="The payment service's id of the charge.")]
    total_cents: Annotated[int, Field(ge=1, description="What was charged, in cents.")]
    currency: Annotated[Currency, Field(description="What it was charged in.")]
    items: Annotated[list[OrderItem], Field(description="What was bought.")]
    notification: Annotated[Notification, Field(description="What became of the mail about it.")]


@task(
    queue="orders",
    timeout=timedelta(minutes=2),
    max_attempts=5,
    raises=(OutOfStock, PaymentDeclined, PaymentGatewayBusy),
    retry_on=(PaymentGatewayBusy,),
)
async def place_order(job: JobContext, order: Order) -> Receipt:  # noqa: D417
    """Buy something: reserve the stock, take the payment, send the confirmation.

    The payment service is busy now and then; the job waits and asks again, and never pays
    twice. When an order fails or is cancelled, nothing stays charged or reserved.

    Args:
        order: What to buy, and how it is paid.
    """
    settings = current()
    database = await run_sync(open_database, settings.shop_database)
    stock, gateway = Stock(database), PaymentGateway(database)
    key = job.idempotency_key
    quantities: Counter[Product] = Counter()
    for item in order.items:
        quantities[item.product] += item.quantity
    total = sum(OFFERS[product].price_cents * count for product, count in quantities.items())

    try:
        await job.progress(0.1, "Reserving the stock")
        newly = await run_sync(stock.reserve, key, quantities)
        await job.log("info", "Stock reserved" if newly else "Stock is reserved already")

        await job.progress(0.4, "Confirming the payment")
        charge = await _pay(job, gateway, total, order.payment)
        price = f"{total / 100:.2f} {charge.currency.value}"
        await job.log("info", f"Charged {price}: {charge.id}")

        await job.progress(0.8, "Sending the confirmation")
        notification = await Notifier(database, settings.mail).tell(
            key,
            order.email,
            "Your order",
            f"Thank you for your order. We charged {price} ({charge.id}).",
        )
        level: LogLevel = "warning" if notification is Notification.FAILED else "info"
        await job.log(level, f"Confirmation {notification.value}")
    except BaseException as exc:
        if _is_final(exc, job):
            with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
                await run_sync(gateway.void, key)
                await run_sync(stock.release, key)
        raise
    await job.progress(1, "Done")
    return Receipt(charge.id, total, charge.currency, order.items, notification)


async def _pay(job: JobContext, gateway: PaymentGateway, total: int, payment: Payment) -> Charge:
    charge = partial(gateway.charge, job.idempotency_key, total, payment.currency, payment.method)
    try:
        return await run_sync(charge)
    except PaymentGatewayBusy as exc:
        await job.log("warning", f"{exc} Attempt {job.attempt} of {job.max_attempts}.")
        raise


def _is_final(exc: BaseException, job: JobContext) -> bool:
    """Whether no further attempt will go on with what this one has reserved and paid.

    After a time-out, or when the worker drains, one may.
    """
    if job.cancelled.is_set() or isinstance(exc, OutOfStock | PaymentDeclined):
        return True
    ended = isinstance(exc, Exception) and not isinstance(exc, AttemptSuperseded)
    return ended and job.attempt >= job.max_attempts
