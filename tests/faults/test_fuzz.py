# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults at moments that nobody chose: a printed seed, a bounded time."""

from __future__ import annotations

import random
import time

from faults.catalogue import FAULTS
from faults.trial import Trial

ROLLOUT = 8.0
"""Seconds in which most strikes come; a rollout that is over by then was struck in vain, and converges as well."""


def test_a_strike_at_any_moment_converges(site, judged, pytestconfig):
    seed = pytestconfig.getoption("seed")
    print(f"--seed={seed}")
    chance = random.Random(seed)  # noqa: S311
    candidates = [fault for fault in FAULTS if not fault.image]
    deadline = time.monotonic() + pytestconfig.getoption("fuzz_seconds")
    while time.monotonic() < deadline:
        fault, moment = chance.choice(candidates), chance.uniform(1.0, ROLLOUT)
        struck = Trial(site, fault, f"after {moment:.2f} s (seed {seed})").run(_after(moment))
        judged(struck)


def _after(seconds):
    def wait(tracker, deploy):
        strike = time.monotonic() + seconds
        while time.monotonic() < strike and deploy.goes_on:
            tracker.look()
            time.sleep(0.005)

    return wait
