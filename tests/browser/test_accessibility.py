"""Nothing that axe finds serious, on any page, in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.chromium import guarded_page
from tests.support.dev_process import Dev
from tests.support.rides import QUICK, ride

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
_CANCEL = "mutation($id: ID!) { cancelJob(input: {id: $id}) { __typename } }"
LOOKS = [
    pytest.param({"color_scheme": scheme, "viewport": {"width": width, "height": 780}})
    for scheme in ("light", "dark")
    for width in (1280, 360)  # pixels; the second is a small telephone
]


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_serious_and_no_page_is_wider_than_the_screen(
    dev: Dev, browser: Browser, look: dict[str, Any]
) -> None:
    running = await ride(dev, time_scale=1, tags=("a-long-tag-to-be-shown",))
    ended = await ride(dev, time_scale=QUICK)
    async with guarded_page(browser, dev.url.removesuffix("/graphql"), **look) as console:
        for path, ready in (
            ("/", "track_ride"),
            ("/?tag=nothing-has-this", "No such jobs"),
            ("/new", "place_order"),
            ("/new/place_order", "currency"),
            ("/new/track_ride", "route"),
            ("/new/transcode_video", "preset"),
            ("/new/no_such_task", "No such task"),
            ("/overview", "Time run"),
            ("/jobs/rides.none", "No such job"),
            (f"/jobs/{running}", "Output so far"),
            (f"/jobs/{ended}", "Succeeded"),
        ):
            await console.open(path)
            await expect(console.page.locator("main")).to_contain_text(ready)
            await _look_at(console.page, path)

        for dialog in ("Share", "GraphQL"):
            await console.page.get_by_role("button", name=dialog, exact=True).click()
            await expect(console.page.get_by_role("dialog")).to_be_visible()
            await _look_at(console.page, f"the dialog {dialog}")
            await console.page.keyboard.press("Escape")
            await expect(console.page.get_by_role("dialog")).to_have_count(0)

        await console.open("/overview")
        queue = console.page.get_by_role("region", name="Queue rides")
        await queue.get_by_text("The same as a table").click()
        await _look_at(console.page, "the table of the overview")
        await queue.get_by_role("button", name="Pause").click()
        await _look_at(console.page, "the dialog Pause")

    await dev.query(_CANCEL, id=running)


async def _look_at(page: Page, what: str) -> None:
    # Evaluated, not added as a script, which the policy of the pages would keep out.
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run()")
    serious = [
        f"{what}: {one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    wide = await page.evaluate(
        "[document.documentElement, document.querySelector('main')]"
        ".some(part => part.scrollWidth > innerWidth)"
    )
    assert not wide, f"{what} is wider than the screen"
