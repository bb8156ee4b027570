# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.zero.downtime.tests.unit.plugins.module_utils import clocks


class FakeClock(clocks.FakeClock):
    now = 1000.0


def test_a_deadline_counts_from_when_it_was_made() -> None:
    clock = FakeClock()
    deadline = Deadline(10, clock)
    clock.sleep(4)
    assert (deadline.elapsed, deadline.remaining, deadline.expired) == (4, 6, False)


def test_it_expires_at_its_very_end_and_nothing_remains_after_it() -> None:
    clock = FakeClock()
    deadline = Deadline(10, clock)
    clock.sleep(10)
    assert deadline.expired
    clock.sleep(5)
    assert (deadline.elapsed, deadline.remaining) == (15, 0)


def test_a_pause_ends_at_the_deadline() -> None:
    clock = FakeClock()
    deadline = Deadline(10, clock)
    deadline.pause(3)
    assert clock.now == 1003
    deadline.pause(60)
    assert clock.now == 1010


def test_no_time_is_over_at_once() -> None:
    assert Deadline(0, FakeClock()).expired


def test_the_real_clock_is_the_system_s() -> None:
    clock = Clock()
    before, wall = clock.monotonic(), time.time()
    clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.01
    assert abs(clock.wall() - wall) < 60
