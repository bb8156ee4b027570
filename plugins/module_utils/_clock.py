# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, handed in rather than looked up, so that a test of a minute's wait takes no time.

Private to this collection: it may change without notice.
"""

from __future__ import annotations

import time


class Clock:
    """The real one. Seconds everywhere; C(monotonic) is for measuring, C(wall) for what people read."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deadline:
    """A span of seconds that starts now. It never looks at the wall clock: a clock jump must not end a wait."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock
        self._start = clock.monotonic()

    @property
    def elapsed(self) -> float:
        return self._clock.monotonic() - self._start

    @property
    def remaining(self) -> float:
        """Never below 0."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def expired(self) -> bool:
        return self.elapsed >= self.seconds

    def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the deadline."""
        self._clock.sleep(min(seconds, self.remaining))
