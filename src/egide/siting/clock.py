"""Wall time of one call: when it began and when it must end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs from its making; `limit_s` may be infinite [s]."""

    limit_s: float
    began_s: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        """Time since the call began [s]."""
        return time.perf_counter() - self.began_s

    def left_s(self) -> float:
        """Time left, 0 when it is over [s]."""
        return max(0.0, self.limit_s - self.seconds())

    def over(self) -> bool:
        """Whether the limit has been reached."""
        return self.left_s() <= 0.0
