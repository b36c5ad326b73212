"""What is counted and looked for in the list of jobs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.dev_process import Dev
from tests.support.rides import SLOW, ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_counts_by_status_move_as_jobs_do(console: Guarded, dev: Dev) -> None:
    page = console.page
    await console.open("/")
    succeeded = page.get_by_role("button", name="Succeeded").locator(".count")
    cancelled = page.get_by_role("button", name="Cancelled").locator(".count")
    everything = page.get_by_role("button", name="All").locator(".count")
    await expect(everything).to_be_visible()
    before = [int(await one.inner_text()) for one in (succeeded, cancelled, everything)]

    await ride(dev)
    id = await ride(dev, time_scale=SLOW)
    await dev.query("mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }", id=id)

    await expect(cancelled).to_have_text(str(before[1] + 1))
    await expect(everything).to_have_text(str(before[2] + 2))
    # A ride of another test may end meanwhile.
    await expect(succeeded).not_to_have_text(str(before[0]))


async def test_a_search_finds_jobs_old_and_new_by_what_the_server_looks_at(
    console: Guarded, dev: Dev
) -> None:
    page = console.page
    older = await ride(dev, tags=("harbour-7",))
    other = await ride(dev, tags=("airport",))
    await console.open("/")
    await expect(page.locator(f'[data-job="{other}"]')).to_be_visible()

    await page.get_by_label("Search").fill("HARBOUR-7")

    await expect(page.locator(f'[data-job="{other}"]')).to_have_count(0)
    await expect(page.locator(f'[data-job="{older}"]')).to_be_visible()
    assert re.search(r"\?q=HARBOUR-7$", page.url)
    another = await ride(dev, tags=("airport",))
    newer = await ride(dev, tags=("harbour-7",))
    await expect(page.locator(f'[data-job="{newer}"]')).to_be_visible()
    await expect(page.locator(f'[data-job="{another}"]')).to_have_count(0)
    await page.get_by_label("Search").fill(older)
    await expect(page.locator("[data-job]")).to_have_count(1)


async def test_an_admin_looks_at_the_jobs_of_one_owner(console: Guarded, dev: Dev) -> None:
    page = console.page
    id = await ride(dev, tags=("owned",))
    await console.open("/?tag=owned")
    await expect(page.locator(f'[data-job="{id}"]')).to_be_visible()

    await page.get_by_label("Owner").fill("somebody-else")
    await expect(page.get_by_text("No such jobs")).to_be_visible()
    await page.get_by_label("Owner").fill("local")

    await expect(page.locator(f'[data-job="{id}"]')).to_be_visible()
