"""A worker of a given name: `python -m tests.support.named_worker NAME worker`."""

from __future__ import annotations

import sys

from jobcast.cli import main
from tasks.worker import run, worker


class _NamedWorker(worker.JobWorker):
    """As every worker, but its id is the same in each process that is given the same name."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.id = NAME
        self.dispatcher._worker = NAME


if __name__ == "__main__":
    NAME = sys.argv.pop(1)
    vars(run)["JobWorker"] = _NamedWorker
    main()
