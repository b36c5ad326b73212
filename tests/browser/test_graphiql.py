"""GraphiQL, from our own server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.dev_process import Dev
from tests.support.films import make_film
from tests.support.graphiql import result, run
from tests.support.rides import ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_the_ready_made_subscription_shows_live_results(console: Guarded, dev: Dev) -> None:
    page = console.page
    await console.open("/graphql")
    await expect(page.get_by_role("tab", name="WatchAll")).to_be_visible()
    for task in ("PlaceOrder", "TrackRide", "TranscodeVideo"):
        await expect(page.get_by_role("tab", name=f"Enqueue{task}")).to_be_visible()

    await run(page, "WatchAll")
    id = await ride(dev)

    # The editor may break the line at the point.
    await expect(result(page)).to_contain_text(id.partition(".")[2])


async def test_documentation_history_explorer_and_completion_need_nothing_from_elsewhere(
    console: Guarded,
) -> None:
    page = console.page
    await console.open("/graphql")
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Mutation").click()
    documentation = page.get_by_role("region", name="Documentation Explorer")
    await expect(documentation).to_contain_text("trackRide")
    await page.get_by_role("button", name="Show History").click()
    await expect(page.get_by_role("region", name="History")).to_be_visible()
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(page.locator(".graphiql-explorer-root")).to_be_visible()

    editor = page.get_by_label("Operation Editor").get_by_role("textbox")
    await page.get_by_role("button", name="New tab").click()
    await editor.focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("{ view")
    await page.keyboard.press("Control+Space")

    await expect(page.locator(".suggest-widget")).to_contain_text("viewer")


async def test_a_file_named_in_the_variables_is_sent(console: Guarded, tmp_path: Path) -> None:
    film = make_film(tmp_path / "holiday.mov")
    page = console.page
    await console.open("/graphql")
    await page.get_by_role("button", name="Show Files").click()
    await page.get_by_label("Files to upload").set_input_files(film)
    await expect(page.get_by_text('"@holiday.mov"', exact=True)).to_be_visible()
    await page.get_by_role("tab", name="EnqueueTranscodeVideo").get_by_role("button").first.click()

    await run(page, "EnqueueTranscodeVideo", several=True)

    await expect(result(page)).to_contain_text('"transcodeVideo"')
    await expect(result(page)).to_contain_text('"job"')


async def test_the_jobs_page_loads_nothing_of_it(console: Guarded) -> None:
    await console.open("/")
    await expect(console.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()

    assert not [url for url in console.requests if "monaco" in url or "graphiql" in url]
