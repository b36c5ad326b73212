"""GraphiQL, from our own server."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.dev_process import Dev
from tests.support.rides import ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_the_ready_made_subscription_shows_live_results(console: Guarded, dev: Dev) -> None:
    page = console.page
    await console.open("/graphql")
    await expect(page.get_by_role("tab", name="WatchAll")).to_be_visible()
    for task in ("PlaceOrder", "TrackRide", "TranscodeVideo"):
        await expect(page.get_by_role("tab", name=f"Enqueue{task}")).to_be_visible()

    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_role("button", name="Stop query")).to_be_visible()
    id = await ride(dev)

    # The editor may break the line at the point.
    await expect(page.get_by_label("Result Window")).to_contain_text(id.partition(".")[2])


async def test_the_jobs_page_loads_nothing_of_it(console: Guarded) -> None:
    await console.open("/")
    await expect(console.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()

    assert not [url for url in console.requests if "monaco" in url or "graphiql" in url]
