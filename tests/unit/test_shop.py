"""The shop's parts: stock that is set aside whole, and a gateway that charges once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.examples.shop.catalogue import OFFERS, Currency, Product
from tasks.examples.shop.database import Database
from tasks.examples.shop.errors import OutOfStock, PaymentDeclined, PaymentGatewayBusy
from tasks.examples.shop.gateway import Fault, PaymentGateway, now_and_then
from tasks.examples.shop.stock import Stock

VISA = "pm_card_visa"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "shop.sqlite3")


def reliable(database: Database) -> PaymentGateway:
    return PaymentGateway(database, lambda key, request: None)


def failing_first(database: Database, fault: Fault) -> PaymentGateway:
    return PaymentGateway(database, lambda key, request: fault if request == 1 else None)


def test_one_key_is_charged_once(database: Database) -> None:
    gateway = reliable(database)

    first = gateway.charge("order-1", 1250, Currency.EUR, VISA)
    second = gateway.charge("order-1", 1250, Currency.EUR, VISA)

    assert first == second
    assert gateway.charges() == [first]


def test_one_key_is_charged_once_by_many_at_a_time(database: Database) -> None:
    gateway = reliable(database)

    with ThreadPoolExecutor(8) as threads:
        charges = {
            future.result().id
            for future in [
                threads.submit(gateway.charge, "order-1", 1250, Currency.EUR, VISA)
                for _ in range(16)
            ]
        }

    assert len(charges) == 1
    assert len(gateway.charges()) == 1


def test_refused_request_charges_nothing(database: Database) -> None:
    gateway = failing_first(database, Fault.REFUSED)

    with pytest.raises(PaymentGatewayBusy):
        gateway.charge("order-1", 1250, Currency.EUR, VISA)

    assert gateway.charges() == []


def test_lost_answer_is_given_to_the_next_request(database: Database) -> None:
    gateway = failing_first(database, Fault.ANSWER_LOST)
    with pytest.raises(PaymentGatewayBusy):
        gateway.charge("order-1", 1250, Currency.EUR, VISA)
    (charged,) = gateway.charges()

    assert gateway.charge("order-1", 1250, Currency.EUR, VISA) == charged
    assert gateway.charges() == [charged]


def test_key_cannot_be_used_for_another_amount(database: Database) -> None:
    gateway = reliable(database)
    gateway.charge("order-1", 1250, Currency.EUR, VISA)

    with pytest.raises(PaymentDeclined, match="another amount"):
        gateway.charge("order-1", 1, Currency.EUR, VISA)


def test_voided_key_gives_back_and_never_charges_again(database: Database) -> None:
    gateway = reliable(database)
    gateway.charge("order-1", 1250, Currency.EUR, VISA)

    gateway.void("order-1")

    assert gateway.charges() == []
    with pytest.raises(PaymentDeclined, match="given up"):
        gateway.charge("order-1", 1250, Currency.EUR, VISA)


def test_gateway_fails_now_and_then_and_only_at_first() -> None:
    faults = [now_and_then(f"order-{number}", 1) for number in range(2000)]

    assert 0.2 < faults.count(Fault.REFUSED) / 2000 < 0.3
    assert 0.08 < faults.count(Fault.ANSWER_LOST) / 2000 < 0.17
    assert {now_and_then(f"order-{number}", 2) for number in range(2000)} == {None}


def test_stock_is_reserved_whole_or_not_at_all(database: Database) -> None:
    stock = Stock(database)

    with pytest.raises(OutOfStock) as caught:
        stock.reserve("order-1", {Product.MUG: 3, Product.CONCERT_TICKET: 1})

    assert (caught.value.product, caught.value.available) == (Product.CONCERT_TICKET, 0)
    assert stock.available(Product.MUG) == OFFERS[Product.MUG].stock


def test_stock_is_reserved_and_released_once(database: Database) -> None:
    stock = Stock(database)
    whole = OFFERS[Product.MUG].stock

    assert stock.reserve("order-1", {Product.MUG: 3})
    assert not stock.reserve("order-1", {Product.MUG: 3})
    assert stock.available(Product.MUG) == whole - 3
    stock.release("order-1")
    stock.release("order-1")
    assert stock.available(Product.MUG) == whole
