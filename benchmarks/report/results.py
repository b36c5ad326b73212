"""`Results`: what each repetition gave, and its middle."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from benchmarks.measures.measure import Row, Values


class Results:
    """By measure and peer."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.disturbed: set[tuple[str, str]] = set()
        self._values: dict[tuple[str, str], list[Values]] = defaultdict(list)

    def add(self, measure: str, peer: str, values: Values, *, disturbed: bool) -> None:
        """What a repetition gave; `disturbed` when others used the machine meanwhile."""
        self._values[measure, peer].append(values)
        if disturbed:
            self.disturbed.add((measure, peer))

    def fail(self, measure: str, peer: str, words: str) -> None:
        """A repetition that came to nothing."""
        self.failures.append(f"{measure} with {peer}: {words}")

    def median(self, measure: str, row: str, peer: str) -> float | None:
        """The median of a row; None when there is none."""
        values = self._of(measure, row, peer)
        return median(values) if values else None

    def cell(self, measure: str, row: Row, peer: str) -> str:
        """Median (lowest–highest), or a dash; a star when a repetition was disturbed."""
        texts = [self._text(measure, key, row.form, peer) for key in row.key.split()]
        if not any(texts):
            return "–"
        star = "*" if (measure, peer) in self.disturbed else ""
        return " / ".join(text or "–" for text in texts) + star

    def _text(self, measure: str, key: str, form: str, peer: str) -> str:
        values = self._of(measure, key, peer)
        if not values:
            return ""
        middle, low, high = (form.format(f(values)) for f in (median, min, max))
        return middle if low == high else f"{middle} ({low}–{high})"

    def _of(self, measure: str, key: str, peer: str) -> list[float]:
        return [values[key] for values in self._values[measure, peer] if key in values]
