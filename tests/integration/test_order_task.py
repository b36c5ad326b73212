"""`place_order`: it pays once, tells once, and leaves nothing behind when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tasks.examples import order as order_task
from tasks.examples.configuration import Configuration, MailServer, configure
from tasks.examples.order import Order, OrderItem, Payment, Receipt, place_order
from tasks.examples.shop.catalogue import OFFERS, Currency, Product
from tasks.examples.shop.database import Database, open_database
from tasks.examples.shop.errors import OutOfStock, PaymentDeclined, PaymentGatewayBusy
from tasks.examples.shop.gateway import Fault, PaymentGateway, now_and_then
from tasks.examples.shop.mail import Notification
from tasks.examples.shop.stock import Stock
from tests.support.job_context import RecordingJob
from tests.support.mail import closed_port, mail_server, silent_server

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def database(tmp_path: Path) -> Iterator[Database]:
    use(tmp_path)
    yield open_database(tmp_path / "shop.sqlite3")
    configure(Configuration())


def use(tmp_path: Path, mail_port: int | None = None) -> None:
    mail = None if mail_port is None else MailServer("127.0.0.1", mail_port)
    configure(Configuration(shop_database=tmp_path / "shop.sqlite3", mail=mail))


def key_with(fault: Fault | None) -> str:
    """A job's id whose first payment fails in this way."""
    keys = (f"orders.{number}" for number in count())
    return next(key for key in keys if now_and_then(key, 1) is fault)


def job_with(fault: Fault | None = None, attempt: int = 1) -> RecordingJob:
    return RecordingJob(id=key_with(fault), attempt=attempt)


def order_of(*items: OrderItem, method: str = "pm_card_visa") -> Order:
    payment = Payment(method, Currency.GBP)
    return Order("ada@example.org", list(items) or [OrderItem(Product.MUG, 2)], payment)


async def place(job: RecordingJob, order: Order | None = None) -> Receipt:
    return await place_order(job, order or order_of())


def nothing_is_held(database: Database) -> bool:
    whole = Stock(database).available(Product.MUG) == OFFERS[Product.MUG].stock
    return whole and PaymentGateway(database).charges() == []


async def test_order_is_paid_at_the_shops_prices(database: Database) -> None:
    items = [OrderItem(Product.MUG, 2), OrderItem(Product.NOTEBOOK), OrderItem(Product.MUG)]
    job = job_with()

    receipt = await place(job, order_of(*items))

    assert receipt.total_cents == 3 * 1250 + 890
    assert receipt.currency is Currency.GBP
    (charge,) = PaymentGateway(database).charges()
    assert (charge.id, charge.amount_cents) == (receipt.charge, receipt.total_cents)
    assert Stock(database).available(Product.MUG) == OFFERS[Product.MUG].stock - 3


async def test_each_step_is_told() -> None:
    job = job_with()

    await place(job)

    assert job.messages == [
        "Reserving the stock",
        "Confirming the payment",
        "Sending the confirmation",
        "Done",
    ]
    assert job.fractions == sorted(job.fractions)
    assert [line.split(" ")[0] for _, line in job.lines] == ["Stock", "Charged", "Confirmation"]


@pytest.mark.parametrize("fault", list(Fault))
async def test_busy_gateway_is_asked_again_and_charges_once(
    database: Database, fault: Fault
) -> None:
    with pytest.raises(PaymentGatewayBusy):
        await place(job_with(fault, attempt=1))

    receipt = await place(job_with(fault, attempt=2))

    assert [charge.id for charge in PaymentGateway(database).charges()] == [receipt.charge]
    assert Stock(database).available(Product.MUG) == OFFERS[Product.MUG].stock - 2


@pytest.mark.parametrize("fault", list(Fault))
async def test_order_given_up_after_the_last_attempt_holds_nothing(
    database: Database, fault: Fault
) -> None:
    with pytest.raises(PaymentGatewayBusy):
        await place(job_with(fault, attempt=5))

    assert nothing_is_held(database)


async def test_declined_payment_is_final_and_holds_nothing(database: Database) -> None:
    with pytest.raises(PaymentDeclined) as caught:
        await place(job_with(), order_of(method="pm_card_declined"))

    assert caught.value.reason == "the bank refused it"
    assert nothing_is_held(database)


async def test_sold_out_product_is_a_declared_failure(database: Database) -> None:
    with pytest.raises(OutOfStock) as caught:
        await place(job_with(), order_of(OrderItem(Product.CONCERT_TICKET)))

    assert (caught.value.product, caught.value.available) == (Product.CONCERT_TICKET, 0)
    assert nothing_is_held(database)


async def interrupted(job: RecordingJob, *, cancelled: bool) -> None:
    """Run an order, and interrupt it when it is paid."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(place(job))
        await job.reaches(0.8)
        if cancelled:
            job.cancelled.set()
        running.cancel()
    assert running.cancelled()


async def test_cancelled_order_is_paid_back_and_released(
    database: Database, tmp_path: Path
) -> None:
    async with silent_server() as port:
        use(tmp_path, port)
        await interrupted(job_with(), cancelled=True)

    assert nothing_is_held(database)


async def test_drained_order_keeps_what_its_next_attempt_goes_on_with(
    database: Database, tmp_path: Path
) -> None:
    async with silent_server() as port:
        use(tmp_path, port)
        await interrupted(job_with(), cancelled=False)
    use(tmp_path)

    (charge,) = PaymentGateway(database).charges()
    assert (await place(job_with())).charge == charge.id


async def test_buyer_is_told_once_over_all_attempts(tmp_path: Path) -> None:
    async with mail_server() as mailbox:
        use(tmp_path, mailbox.port)

        receipt = await place(job_with())
        again = await place(job_with(attempt=2))

    (message,) = mailbox.messages
    assert (receipt.notification, again.notification) == (Notification.SENT, Notification.SENT)
    assert message["To"] == "ada@example.org"
    assert receipt.charge in message.get_content()


async def test_message_id_is_the_same_in_every_attempt(tmp_path: Path) -> None:
    async with mail_server() as mailbox:
        use(tmp_path, mailbox.port)
        mailbox.answer = "451 Try again later"

        receipt = await place(job_with())
        mailbox.answer = "250 OK"
        await place(job_with(attempt=2))

    assert receipt.notification is Notification.FAILED
    assert len(mailbox.messages) == 2
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1


async def test_unreachable_mail_server_does_not_undo_a_paid_order(
    database: Database, tmp_path: Path
) -> None:
    use(tmp_path, closed_port())
    job = job_with()

    receipt = await place(job)

    assert receipt.notification is Notification.FAILED
    assert ("warning", "Confirmation failed") in job.lines
    assert len(PaymentGateway(database).charges()) == 1


async def test_without_a_mail_server_the_log_says_that_nobody_was_told() -> None:
    job = job_with()

    receipt = await place(job)

    assert receipt.notification is Notification.SKIPPED
    assert ("info", "Confirmation skipped") in job.lines


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": [{"product": "mug", "quantity": 0}]},
        {"items": [{"product": "yacht"}]},
        {"email": "nobody"},
        {"email": "ada@example.org\r\nBcc: eve@example.org"},
        {"payment": {"method": "4111 1111 1111 1111"}},
    ],
)
def test_impossible_order_is_refused_before_it_is_a_job(change: dict[str, object]) -> None:
    orders = TypeAdapter(Order)
    valid = {"email": "ada@example.org", "items": [{"product": "mug"}]}
    orders.validate_python(valid)

    with pytest.raises(ValidationError):
        orders.validate_python(valid | change)


def test_definition_retries_a_busy_gateway_only() -> None:
    definition = order_task.place_order.definition  # type: ignore[attr-defined]

    assert definition.retry_on == (PaymentGatewayBusy,)
    assert definition.raises == (OutOfStock, PaymentDeclined, PaymentGatewayBusy)
