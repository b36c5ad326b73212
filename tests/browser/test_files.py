"""Files: sent from a form, and shown where they come out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.chromium import Guarded
from tests.support.films import make_film

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_a_film_is_uploaded_and_what_came_of_it_is_shown(
    console: Guarded, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "holiday.mov")
    page = console.page
    await console.open("/new/transcode_video")
    await page.get_by_label("video").set_input_files(film)
    await expect(page.get_by_text("holiday.mov")).to_be_visible()
    await page.get_by_label("preset").select_option("P480")
    await page.get_by_role("button", name="Enqueue").click()

    await expect(page.locator(".job-title")).to_contain_text("Succeeded", timeout=60_000)
    poster = page.get_by_role("img", name="holiday.jpg")
    await expect(poster).to_be_visible()
    width = await poster.evaluate("async image => (await image.decode(), image.naturalWidth)")
    assert width == 320
    length = await page.locator("video").first.evaluate(
        "async video => { if (video.readyState < 1) await new Promise((go, fail) => {"
        " video.onloadedmetadata = go; video.onerror = () => fail(video.error.message); });"
        " return video.duration }"
    )
    assert 0.5 < length < 2
    await expect(page.get_by_role("link", name="Download").first).to_be_visible()
