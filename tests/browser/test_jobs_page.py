"""The list of jobs, as it is looked at."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.dev_process import Dev
from tests.support.rides import SLOW, ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_a_job_of_another_client_appears_and_moves_to_its_end(
    console: Guarded, dev: Dev
) -> None:
    await console.open("/")
    await expect(console.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()

    id = await ride(dev)

    row = console.page.locator(f'[data-job="{id}"]')
    await expect(row).to_contain_text("track_ride")
    await expect(row).to_contain_text("Succeeded")


async def test_a_filter_stands_in_the_address_and_drops_what_no_longer_passes(
    console: Guarded, dev: Dev
) -> None:
    id = await ride(dev, time_scale=SLOW, tags=("narrow",))
    await console.open("/?tag=narrow&status=running,queued")
    row = console.page.locator(f'[data-job="{id}"]')
    await expect(row).to_contain_text("Running")

    await dev.query("mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }", id=id)

    await expect(row).to_have_count(0)
    await console.page.get_by_role("button", name="Running").click()
    await console.page.get_by_role("button", name="Queued").click()
    await expect(row).to_contain_text("Cancelled")
    assert console.page.url.endswith("/?tag=narrow")


async def test_new_jobs_wait_while_someone_is_at_a_place_in_the_list(
    console: Guarded, dev: Dev
) -> None:
    first = await ride(dev, tags=("place",))
    await console.open("/?tag=place")
    await console.page.locator(f'[data-job="{first}"]').focus()

    second = await ride(dev, tags=("place",))

    pill = console.page.get_by_role("button", name="1 new job")
    await expect(pill).to_be_visible()
    await expect(console.page.locator(f'[data-job="{second}"]')).to_have_count(0)
    await expect(console.page.locator(f'[data-job="{first}"]')).to_be_focused()
    await pill.click()
    await expect(console.page.locator(f'[data-job="{second}"]')).to_be_visible()


@pytest.mark.parametrize(
    ("place", "key"), [("body", "ArrowDown"), ("body", "j"), ("search", "ArrowDown")]
)
async def test_the_keyboard_enters_the_list_of_a_fresh_page(
    console: Guarded, dev: Dev, place: str, key: str
) -> None:
    tag = f"fresh-{place}-{key.lower()}"
    id = await ride(dev, tags=(tag,))
    await console.open(f"/?tag={tag}")
    row = console.page.locator(f'[data-job="{id}"]')
    await expect(row).to_be_visible()
    if place == "search":
        await console.page.keyboard.press("/")
        await expect(console.page.get_by_role("searchbox")).to_be_focused()

    await console.page.keyboard.press(key)
    await expect(row).to_be_focused()
    await console.page.keyboard.press("Enter")

    await expect(console.page.get_by_role("heading", name="track_ride")).to_be_visible()
    assert console.page.url.endswith(id)


async def test_the_keyboard_leads_to_a_job(console: Guarded, dev: Dev) -> None:
    older = await ride(dev, tags=("keys",))
    newer = await ride(dev, tags=("keys",))
    await console.open("/?tag=keys")
    await console.page.locator(f'[data-job="{newer}"]').focus()

    await console.page.keyboard.press("ArrowDown")
    await expect(console.page.locator(f'[data-job="{older}"]')).to_be_focused()
    await console.page.keyboard.press("Enter")

    await expect(console.page.get_by_role("heading", name="track_ride")).to_be_visible()
    assert console.page.url.endswith(older)
