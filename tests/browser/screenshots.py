"""Pictures of the console for the README and the docs: `make screenshots`.

Each is made anew of a real `jobcast dev` with a few jobs, so that they show what there is.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from console.build import build_console
from tests.support.chromium import guarded_page, running_chromium
from tests.support.dev_process import ROOT, Dev, running_dev
from tests.support.graphiql import result, run
from tests.support.rides import QUICK, SLOW, ride

TARGET = ROOT / "docs" / "images"

WIDE = {"viewport": {"width": 1280, "height": 760}}
NARROW = {"viewport": {"width": 360, "height": 720}, "device_scale_factor": 2}
DARK = {"color_scheme": "dark"}


async def main() -> None:
    """Make them all."""
    build_console()
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="jobcast-screenshots-") as folder:
        async with running_chromium() as browser, running_dev(Path(folder)) as dev:
            running = await _some_jobs(dev)
            await _picture(dev, browser, "/", "jobs", WIDE, _list)
            await _picture(dev, browser, "/", "jobs-dark-narrow", {**NARROW, **DARK}, _list)
            await _picture(dev, browser, f"/jobs/{running}", "job", WIDE, _way)
            await _picture(dev, browser, "/new/place_order", "new-job", {**WIDE, **DARK}, _form)
            await _picture(dev, browser, "/graphql", "graphiql", WIDE, _graphiql)


async def _some_jobs(dev: Dev) -> str:
    """A few of each kind; the id of one that runs."""
    for method, tag in (("pm_card_visa", "eu"), ("pm_card_declined", "eu"), ("pm_card_visa", "us")):
        await _order(dev, method, {"tags": [tag]})
    await ride(dev, time_scale=QUICK, tags=("berlin",))
    await _order(dev, "pm_card_visa", {"delay": "PT1H", "tags": ["newsletter"]})
    await ride(dev, time_scale=SLOW * 2, tags=("berlin", "airport"))
    running = await ride(dev, time_scale=SLOW, tags=("berlin",))
    await asyncio.sleep(8)  # so that there is something to see
    return running


async def _order(dev: Dev, method: str, options: dict[str, Any]) -> None:
    order = {
        "email": "ada@example.org",
        "items": [{"product": "MUG", "quantity": 2}, {"product": "NOTEBOOK"}],
        "payment": {"method": method, "currency": "EUR"},
    }
    await dev.query(
        "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename } }",
        input={"order": order, "options": options},
    )


async def _picture(
    dev: Dev, browser: Browser, path: str, name: str, look: dict[str, Any], ready: Any
) -> None:
    async with guarded_page(browser, dev.url.removesuffix("/graphql"), **look) as console:
        await console.open(path)
        await ready(console.page)
        await console.page.screenshot(path=TARGET / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png")


async def _list(page: Page) -> None:
    await expect(page.locator("[data-job]").nth(5)).to_be_visible()


async def _way(page: Page) -> None:
    await expect(page.get_by_role("img", name="A way of")).to_be_visible()


async def _form(page: Page) -> None:
    await page.get_by_label("email").fill("ada@example.org")
    await page.get_by_label("product").select_option("MUG")


async def _graphiql(page: Page) -> None:
    await run(page, "WatchAll")
    await expect(result(page)).to_contain_text("progress", timeout=30_000)


if __name__ == "__main__":
    asyncio.run(main())
