"""One job's page: live, through a cut, and for those who come by a link."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.chromium import Guarded, guarded_page
from tests.support.dev_process import Dev
from tests.support.graphql import GraphQLClient
from tests.support.processes import descendants
from tests.support.rides import QUICK, SLOW, ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_who_comes_late_sees_all_that_happened(console: Guarded, dev: Dev) -> None:
    id = await ride(dev, time_scale=QUICK)
    await console.open("/")
    await expect(console.page.locator(f'[data-job="{id}"]')).to_contain_text("Succeeded")

    await console.open(f"/jobs/{id}")

    timeline = console.page.get_by_label("Timeline")
    for turn in ("Enqueued", "Attempt 1 began", "Succeeded"):
        await expect(timeline).to_contain_text(turn)
    await expect(console.page.get_by_role("log")).to_contain_text("km")
    await expect(console.page.get_by_role("img", name="A way of")).to_be_visible()


async def test_after_a_cut_the_page_goes_on_without_a_gap(console: Guarded, dev: Dev) -> None:
    console.allow("ERR_INTERNET_DISCONNECTED")
    id = await ride(dev, time_scale=25)
    page = console.page
    await console.open(f"/jobs/{id}")
    way = page.get_by_role("img", name="A way of")
    await expect(way).to_be_visible()

    await page.context.set_offline(True)
    await expect(page.get_by_text("You are offline")).to_be_visible()
    await page.get_by_role("button", name="Cancel", exact=True).click()
    await page.get_by_role("button", name="Cancel the job").click()
    await expect(page.get_by_role("alert")).to_contain_text("nothing was sent")
    await page.get_by_role("button", name="Back").click()
    await page.context.set_offline(False)

    await expect(page.get_by_text("You are offline")).to_have_count(0)
    await expect(page.locator(".job-title")).to_contain_text("Succeeded", timeout=30_000)
    await expect(page.get_by_text("Older events are no longer kept.")).to_have_count(0)
    assert await _outputs_shown(page) == await _outputs_given(console, id)


async def test_a_job_is_cancelled_after_a_question(console: Guarded, dev: Dev) -> None:
    id = await ride(dev, time_scale=SLOW)
    page = console.page
    await console.open(f"/jobs/{id}")
    await expect(page.locator(".job-title")).to_contain_text("Running")

    await page.get_by_role("button", name="Cancel", exact=True).click()
    await page.get_by_role("button", name="Cancel the job").click()

    await expect(page.locator(".job-title")).to_contain_text("Cancelled")
    cancel = page.get_by_role("button", name="Cancel", exact=False).first
    await expect(cancel).to_have_attribute("aria-disabled", "true")
    await expect(cancel).to_have_attribute("title", "It has ended, and an end is final.")
    await page.get_by_role("button", name="Retry").click()
    await page.get_by_role("button", name="Run again").click()
    await expect(page.locator(".job-title")).to_contain_text("Running")
    assert id not in page.url


async def test_a_link_shows_the_job_and_nothing_else(
    console: Guarded, dev: Dev, browser: Browser
) -> None:
    id = await ride(dev, time_scale=SLOW)
    page = console.page
    await console.open(f"/jobs/{id}")
    await page.get_by_role("button", name="Share").click()
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("The link").input_value()

    async with guarded_page(browser, console.origin) as watcher:
        await watcher.page.goto(link)
        await expect(watcher.page.locator(".job-title")).to_contain_text("Running")
        await expect(watcher.page.get_by_role("img", name="A way of")).to_be_visible()
        await expect(watcher.page.get_by_role("button", name="Cancel")).to_have_count(0)
        await expect(watcher.page.get_by_role("link", name="Jobs")).to_have_count(0)
        assert "watch=" not in watcher.page.url
        await watcher.page.reload()
        await expect(watcher.page.locator(".job-title")).to_contain_text("Running")

        logo = watcher.page.get_by_role("link", name="Jobcast")
        await expect(logo).to_have_attribute("href", f"/jobs/{id}")
        for elsewhere in ("/", "/new", "/jobs/another"):
            await watcher.open(elsewhere)
            await expect(watcher.page.locator(".job-title")).to_contain_text("Running")
            await expect(watcher.page.get_by_role("link", name="New job")).to_have_count(0)
            assert watcher.page.url == f"{watcher.origin}/jobs/{id}"


async def test_a_link_that_does_not_work_says_whom_to_ask(
    console: Guarded, dev: Dev, browser: Browser
) -> None:
    id = await ride(dev)
    async with guarded_page(browser, console.origin) as watcher:
        watcher.allow("status of 401|WebSocket connection")
        await watcher.open(f"/jobs/{id}#watch=watch.bad")

        said = watcher.page.get_by_role("alert")
        await expect(said).to_contain_text("ask whoever shared it for a new one")
        await expect(watcher.page.get_by_text("Not signed in")).to_have_count(0)
        await expect(watcher.page.get_by_role("button", name="Try again")).to_have_count(0)


async def test_a_server_that_restarts_is_come_back_to_without_a_gap(
    console: Guarded, dev: Dev
) -> None:
    console.allow("WebSocket connection to .* failed|ERR_CONNECTION_REFUSED")
    id = await ride(dev, time_scale=25)
    page = console.page
    await console.open(f"/jobs/{id}")
    await expect(page.get_by_role("img", name="A way of")).to_be_visible()

    os.kill(_api(dev), signal.SIGKILL)  # `jobcast dev` starts another one

    await expect(page.locator(".job-title")).to_contain_text("Succeeded", timeout=60_000)
    await expect(page.get_by_text("Older events are no longer kept.")).to_have_count(0)
    assert await _outputs_shown(page) == await _outputs_given(console, id)


def _api(dev: Dev) -> int:
    """The process that serves the API just now."""
    for pid in descendants(dev.process.pid):
        if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return pid
    raise AssertionError("the API does not run")


async def _outputs_shown(page: Page) -> int:
    heading = page.get_by_label("Output so far").get_by_role("heading")
    return int((await heading.inner_text()).split()[-1])


async def _outputs_given(console: Guarded, id: str) -> int:
    """How many positions the whole history holds, as another client counts them."""
    client = GraphQLClient(int(console.origin.rpartition(":")[2]), "local")
    first = await client.execute("query($id: ID!) { job(id: $id) { firstCursor } }", id=id)
    events = await client.watch(id, after=first["job"]["firstCursor"])
    return sum(event["__typename"] == "TrackRideOutput" for event in events)
