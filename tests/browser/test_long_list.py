"""Ten thousand jobs: only those in view exist, and scrolling stays smooth."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.support.chromium import Guarded

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

JOBS = 10_000
PAGE = 100
MOST_ROWS = 60  # those of a screen, and some above and below


def _job(number: int) -> dict[str, Any]:
    at = (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(seconds=number)).isoformat()
    return {
        "__typename": "TrackRideJob",
        "id": f"rides.{number:05}",
        "status": "SUCCEEDED",
        "attempt": 1,
        "maxAttempts": 3,
        "enqueuedAt": at,
        "scheduledFor": None,
        "startedAt": at,
        "finishedAt": at,
        "tags": [],
        "owner": "local",
        "task": {"__typename": "Task", "name": "track_ride"},
        "progress": None,
        "failure": None,
    }


async def _answer(route: Route) -> None:
    asked = route.request.post_data_json or {}
    if "Jobs(" not in asked.get("query", ""):
        await route.continue_()
        return
    first = int(asked["variables"].get("after") or 0)
    edges = [
        {"__typename": "JobEdge", "node": _job(number)} for number in range(first, first + PAGE)
    ]
    more = {"hasNextPage": first + PAGE < JOBS, "endCursor": str(first + PAGE)}
    connection = {
        "__typename": "JobConnection",
        "edges": edges,
        "pageInfo": {"__typename": "PageInfo", **more},
    }
    await route.fulfill(
        content_type="application/json", body=json.dumps({"data": {"jobs": connection}})
    )


async def test_ten_thousand_jobs_are_scrolled_through_with_a_screenful_of_rows(
    console: Guarded,
) -> None:
    page = console.page
    await page.route("**/graphql", _answer)
    await console.open("/")
    rows = page.locator("[data-job]")
    await expect(rows.first).to_be_visible()

    # To the end, page by page, as whoever leans on the End key.
    await rows.first.focus()
    while await page.locator(f'[data-job="rides.{JOBS - 1:05}"]').count() == 0:
        await page.keyboard.press("End")

    assert await rows.count() <= MOST_ROWS
    await expect(page.locator(f'[data-job="rides.{JOBS - 1:05}"]')).to_be_focused()
    await expect(page.get_by_text("10,000 jobs")).to_be_visible()
    await page.evaluate(
        """async () => {
          const list = document.querySelector('[role="list"]');
          for (let step = 0; step < 60; step += 1) {
            list.scrollTop -= 4000;
            await new Promise((drawn) => requestAnimationFrame(drawn));
          }
        }"""
    )
    assert await rows.count() <= MOST_ROWS
