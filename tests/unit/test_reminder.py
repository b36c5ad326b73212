"""What goes on is said once, and now and then again."""

from __future__ import annotations

from broadcaster.reminder import SAID_AGAIN_SECONDS, Reminder


def test_it_is_said_at_once_then_once_a_minute_and_at_once_when_it_begins_again() -> None:
    now = 1000.0
    reminder = Reminder(lambda: now)

    said = [reminder.is_due(), reminder.is_due()]
    now += SAID_AGAIN_SECONDS - 1
    said.append(reminder.is_due())
    now += 1
    said += [reminder.is_due(), reminder.is_due()]
    reminder.over()
    said.append(reminder.is_due())

    assert said == [True, False, False, True, False, True]
