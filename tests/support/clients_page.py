"""The examples of docs/clients.md, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.stack import ROOT

_HEADING = re.compile(r"#+ .*`([\w-]+\.\w+)`")


def write_examples(folder: Path) -> None:
    """Write each example to its file in `folder`."""
    for name, text in _examples().items():
        (folder / name).write_text(text)


def _examples() -> dict[str, str]:
    """The first block of code below each heading that ends with a file's name, by that name."""
    page = (ROOT / "docs" / "clients.md").read_text()
    found = {}
    for section in re.split(r"^(?=##+ )", page, flags=re.MULTILINE):
        if heading := _HEADING.match(section):
            _, _, block = section.partition("\n```")
            code, fence, _ = block.partition("\n```")
            assert fence, f"the page has no code under {heading[0]}"
            found[heading[1]] = code.partition("\n")[2] + "\n"
    return found
