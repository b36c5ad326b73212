"""A watch of feeds: re-reads and live messages that cross each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from broadcaster.events import Event, Kind, Position
from broadcaster.feed import PAGE, Changes, FeedWatch
from broadcaster.registry import Message

pytestmark = pytest.mark.anyio

FEED = "test:{q}:feed:ada"
JOB = "test:{q}:job:1"


def event(channel: str, offset: int) -> Event:
    return Event(Position("e", offset), Kind.NORMAL, b"%d" % offset, 0, channel)


def message(revision: int, changed: Event) -> Message:
    return Message(b"%d %s %s" % (revision, changed.channel.encode(), changed.encode()))


async def newest(watch: FeedWatch, seconds: float = 0.2) -> dict[str, int]:
    """The last offset given of each channel, once nothing more comes."""
    given: dict[str, int] = {}
    events = watch.events()
    try:
        while True:
            async with asyncio.timeout(seconds):
                changed = await anext(events)
            given[changed.channel] = changed.position.offset
    except TimeoutError:
        return given
    finally:
        await events.aclose()


async def test_a_read_that_overtakes_live_messages_is_not_undone_by_them() -> None:
    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        if most == 0:
            return Changes(0, 0, [])
        # The first message arrives while this is read; the second, already stored, does not yet.
        watch.receive(FEED, message(1, event(JOB, 1)))
        return Changes(2, 2, [(2, event(JOB, 2))] if after < 2 else [])

    watch = FeedWatch(read)
    await watch.start([FEED])
    watch.disturb()
    watch.receive(FEED, message(0, event(JOB, 0)))

    async def late() -> None:
        await asyncio.sleep(0.05)
        watch.receive(FEED, message(2, event(JOB, 2)))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(late())
        given = await newest(watch)

    assert given == {JOB: 2}


async def test_a_hole_in_a_feed_never_ends_with_an_older_state() -> None:
    stored = {1: event(JOB, 1), 3: event(JOB, 3)}

    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        rows: Sequence[tuple[int, Event]] = [(3, stored[3])] if after < 3 and most else []
        newest = 3 if most else 0
        return Changes(newest, newest, rows)

    watch = FeedWatch(read)
    await watch.start([FEED])
    watch.receive(FEED, message(1, stored[1]))
    watch.receive(FEED, message(3, stored[3]))

    assert await newest(watch) == {JOB: 3}


async def test_a_message_that_comes_while_a_watch_begins_is_given() -> None:
    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        if most == 0:
            watch.receive(FEED, message(1, event(JOB, 1)))
            return Changes(0, 0, [])
        return Changes(1, 1, [(1, event(JOB, 1))] if after < 1 else [])

    watch = FeedWatch(read)
    await watch.start([FEED])

    assert await newest(watch) == {JOB: 1}


async def test_more_changes_than_a_page_are_read_to_the_end() -> None:
    count = PAGE * 2 + 1
    rows = [(n, event(f"job:{n}", 1)) for n in range(1, count + 1)]

    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        page = [row for row in rows if row[0] > after][:most]
        return Changes(count if most else 0, page[-1][0] if page else count, page)

    watch = FeedWatch(read)
    await watch.start([FEED])
    watch.disturb()

    assert len(await newest(watch)) == count


async def test_a_feed_that_began_anew_is_followed_from_its_beginning() -> None:
    revision = 9

    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        return Changes(revision, revision, [])

    watch = FeedWatch(read)
    await watch.start([FEED])
    revision = 0
    watch.disturb()
    assert await newest(watch) == {}
    watch.receive(FEED, message(1, event(JOB, 1)))

    assert await newest(watch) == {JOB: 1}


async def test_a_feed_whose_numbers_may_be_reused_is_read_again_from_what_is_known() -> None:
    asked: list[tuple[int, Event | None]] = []
    lost = False

    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        if most == 0:
            return Changes(5, 5, [(5, event(JOB, 5))])
        asked.append((after, known))
        if lost:  # the same revision, but of another history
            return Changes(5, 5, [(4, event("job:2", 1)), (5, event("job:3", 1))], after=0)
        return Changes(5, 5, [], after)

    watch = FeedWatch(read)
    await watch.start([FEED])
    watch.disturb()
    assert await newest(watch) == {}
    watch.reconnected()
    assert await newest(watch) == {}
    lost = True
    watch.reconnected()

    assert await newest(watch) == {"job:2": 1, "job:3": 1}
    assert [known.position.offset if known else None for _, known in asked] == [None, 5, 5]


async def test_a_feed_that_counts_anew_on_the_same_connection_is_read_again_at_once() -> None:
    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        if most == 0:
            return Changes(5, 5, [(5, event(JOB, 5))])
        return Changes(1, 1, [(1, event("job:2", 1))], after=0)

    watch = FeedWatch(read)
    await watch.start([FEED])
    watch.receive(FEED, message(6, event(JOB, 6)))
    assert await newest(watch) == {JOB: 6}
    watch.receive(FEED, message(1, event("job:2", 1)))

    assert await newest(watch) == {"job:2": 1}


async def test_a_feed_that_is_never_silent_is_read_now_and_then_to_keep_it_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("broadcaster.feed.RENEW_SECONDS", 0)
    eras: list[str] = []

    async def read(feed: str, era: str, after: int, most: int, known: Event | None) -> Changes:
        eras.append(era)
        return Changes(0, 0, [], era="first")

    watch = FeedWatch(read)
    await watch.start([FEED])
    for number in (1, 2):
        watch.receive(FEED, message(number, event(JOB, number)))
        assert await newest(watch) == {JOB: number}

    assert eras[:2] == ["", "first"]
