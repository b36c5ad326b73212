"""`Journey`: speeds up, cruises, brakes; where it is at any time is a formula, not a memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

COMFORTABLE = 1.5  # m/s²: what passengers barely notice in a car


@dataclass(frozen=True, slots=True)
class Journey:
    """A ride of `length` metres, from standing to standing."""

    length: float
    cruising_speed: float  # m/s
    acceleration: float = COMFORTABLE

    @property
    def top_speed(self) -> float:
        """What is reached before it is time to brake; m/s."""
        return min(self.cruising_speed, math.sqrt(self.length * self.acceleration))

    @property
    def duration(self) -> float:
        """Seconds."""
        if self.length <= 0:
            return 0.0
        return self.top_speed / self.acceleration + self.length / self.top_speed

    def travelled(self, elapsed: float) -> float:
        """Metres after so many seconds."""
        if elapsed <= 0:
            return 0.0
        left = self.duration - elapsed
        if left <= 0:
            return self.length
        speeding_up = self.top_speed / self.acceleration
        if elapsed < speeding_up:
            return self.acceleration * elapsed**2 / 2
        if left < speeding_up:
            return self.length - self.acceleration * left**2 / 2
        return self.top_speed * (elapsed - speeding_up / 2)

    def speed(self, elapsed: float) -> float:
        """Metres a second after so many seconds."""
        left = self.duration - elapsed
        return max(0.0, min(self.top_speed, self.acceleration * min(elapsed, left)))
