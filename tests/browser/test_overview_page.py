"""The overview: queues and workers as they stand, and what admins can do with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.integration.conftest import _valkey, valkey_port  # noqa: F401
from tests.support.chromium import Guarded, guarded_page
from tests.support.dev_process import Dev
from tests.support.rides import SLOW, ride
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


_RESUME = 'mutation { resumeQueue(input: {name: "rides"}) { __typename } }'


def _queue(page: Page, name: str = "rides") -> Locator:
    return page.get_by_role("region", name=f"Queue {name}")


def _figure(queue: Locator, name: str) -> Locator:
    return queue.locator(".figures > div").filter(has_text=name).locator("dd")


async def test_a_worker_is_shown_with_its_lease_and_what_it_runs(
    console: Guarded, dev: Dev
) -> None:
    id = await ride(dev, time_scale=SLOW)
    await console.open("/overview")

    worker = _queue(console.page).locator("[data-worker]")
    await expect(worker).to_contain_text(re.compile(r"process \d+"))
    await expect(worker).to_contain_text(re.compile(r"\d+ of \d+ at work"))
    seconds = await worker.locator(".lease").inner_text()
    await expect(worker.locator(".lease")).not_to_have_text(seconds)
    await worker.locator(f'a[href="/jobs/{id}"]').click()

    await expect(console.page.locator(".job-title")).to_contain_text("track_ride")


async def test_figures_and_plots_move_as_jobs_run(console: Guarded, dev: Dev) -> None:
    await ride(dev)
    await console.open("/overview")
    queue = _queue(console.page)
    plot = queue.get_by_role("img", name="Throughput")
    await expect(plot.locator("canvas")).to_be_visible()
    ended = int((await _figure(queue, "Ended").inner_text()).replace(",", ""))

    await ride(dev)

    # The first ride may have been told of by then, or not yet.
    await expect(_figure(queue, "Ended")).to_have_text(re.compile(f"^({ended + 1}|{ended + 2})$"))
    words = await _figure(queue, "Ended").inner_text()
    await expect(plot).to_have_attribute("aria-label", re.compile(f"{words} jobs? ended"))
    await queue.get_by_text("The same as a table").click()
    newest = queue.get_by_role("table").locator("tbody tr").first
    await expect(newest).to_contain_text(re.compile(r"\d\d:\d\d"))


async def test_a_paused_queue_holds_its_jobs_until_it_is_resumed(
    console: Guarded, dev: Dev
) -> None:
    page = console.page
    await console.open("/overview")
    queue = _queue(page)
    await queue.get_by_role("button", name="Pause").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause the queue").click()
    await expect(queue).to_contain_text("Paused")
    try:
        id = await ride(dev)
        await expect(_figure(queue, "Waiting")).to_have_text("1")
        await expect(_figure(queue, "Next in line")).to_contain_text(" s")

        await queue.get_by_role("button", name="Resume").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("1 job waits")
        await dialog.get_by_role("button", name="Resume the queue").click()
    except BaseException:
        await dev.query(_RESUME)  # else no later test has a ride
        raise

    await expect(_figure(queue, "Waiting")).to_have_text("0")
    await expect(queue.get_by_role("button", name="Pause")).to_be_visible()
    await console.open(f"/jobs/{id}")
    await expect(page.locator(".job-title")).to_contain_text("Succeeded")


async def test_a_queue_without_a_worker_says_how_to_start_one(
    built_console: None,
    browser: Browser,
    valkey_port: int,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = {"console": "on", "local_admin": "true"}
    async with (
        running_stack(valkey_port, tmp_path, workers=0, **settings) as stack,
        guarded_page(browser, f"http://127.0.0.1:{stack.port}") as console,
    ):
        await console.open("/overview")
        queue = _queue(console.page, "default")

        await expect(queue).to_contain_text("jobcast worker --queue default")
        await expect(queue).to_contain_text("No job of this queue in the last hour.")
        await stack.start("worker")
        await expect(queue.locator("[data-worker]")).to_contain_text("Waits for a job")


async def test_who_is_no_admin_is_told_so_and_finds_no_way_there(
    built_console: None,
    browser: Browser,
    valkey_port: int,  # noqa: F811
    tmp_path: Path,
) -> None:
    async with (
        running_stack(valkey_port, tmp_path, workers=0, console="on") as stack,
        guarded_page(browser, f"http://127.0.0.1:{stack.port}") as console,
    ):
        await console.open("/overview")

        await expect(console.page.get_by_text("For admins only")).to_be_visible()
        await expect(console.page.get_by_role("link", name="Overview")).to_have_count(0)
