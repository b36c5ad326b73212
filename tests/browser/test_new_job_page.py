"""Jobs made from the form of their task."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.rides import ROUTE

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_a_job_enqueued_from_the_form_is_watched_to_its_end(console: Guarded) -> None:
    page = console.page
    await console.open("/")
    await page.get_by_role("link", name="New job").first.click()
    await page.get_by_role("link", name="track_ride").click()
    for at, place in enumerate(ROUTE[:2]):
        for name, value in place.items():
            await page.get_by_label(name).nth(at).fill(str(value))
    await page.get_by_label("timeScale").fill("25")
    await page.get_by_role("button", name="Enqueue").click()

    bar = page.get_by_role("progressbar", name="Progress")
    await expect(page.locator(".job-title")).to_contain_text("Running")
    seen = set()
    while (percent := int(await bar.get_attribute("aria-valuenow") or 0)) < 100:
        seen.add(percent)
        await page.wait_for_timeout(50)  # a poll: the page itself is what is waited for

    await expect(page.locator(".job-title")).to_contain_text("Succeeded")
    assert len(seen) >= 3  # it moved
    await expect(page.get_by_role("img", name="A way of")).to_be_visible()
    await expect(page.get_by_label("Timeline")).to_contain_text("Attempt 1 began")


async def test_what_does_not_fit_is_said_beside_its_field_before_anything_is_sent(
    console: Guarded,
) -> None:
    page = console.page
    await console.open("/new/place_order")
    await page.get_by_label("email").fill("nobody")
    await page.get_by_label("product").select_option("MUG")
    await page.get_by_role("button", name="Enqueue").click()

    email = page.get_by_label("email")
    await expect(email).to_be_focused()
    await expect(email).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("This must match")).to_contain_text("@")

    await email.fill("ada@example.org")
    await page.get_by_role("button", name="Enqueue").click()
    await expect(page.locator(".job-title")).to_contain_text("Succeeded")
    await expect(page.get_by_label("Result")).to_contain_text("total cents")


async def test_what_the_server_finds_wrong_stands_beside_its_field(console: Guarded) -> None:
    page = console.page
    await console.open("/new/place_order")
    await page.get_by_label("email").fill("ada@example.org")
    await page.get_by_label("product").select_option("MUG")
    await page.get_by_text("options optional").click()
    await page.get_by_label("delay").fill("1m")
    await page.get_by_label("runAt").fill("2040-01-01T00:00:00")
    await page.get_by_role("button", name="Enqueue").click()

    await expect(page.get_by_role("alert")).to_contain_text("delay")
    assert "/new/place_order" in page.url
