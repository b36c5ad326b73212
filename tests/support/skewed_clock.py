"""Jobcast on a host whose clock is wrong: `python -m tests.support.skewed_clock SECONDS ROLE`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import time_machine

from jobcast.cli import main

if __name__ == "__main__":
    ahead = timedelta(seconds=float(sys.argv.pop(1)))
    with time_machine.travel(datetime.now(UTC) + ahead, tick=True):
        main()
