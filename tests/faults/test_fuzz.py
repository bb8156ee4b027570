# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults at moments that nobody chose: a printed seed, a bounded time."""

from __future__ import annotations

import random
import time

from faults.catalogue import FAULTS, UNDISTURBED
from faults.steps import PREPARING
from faults.trial import Trial


def test_a_strike_at_any_moment_converges(site, judged, pytestconfig):
    deadline = time.monotonic() + pytestconfig.getoption("fuzz_seconds")
    chance = random.Random(pytestconfig.getoption("seed"))  # noqa: S311
    candidates = [fault for fault in FAULTS if not fault.image]
    undisturbed = Trial(site, UNDISTURBED, PREPARING).run()
    judged(undisturbed)
    while time.monotonic() < deadline:
        fault, share = chance.choice(candidates), chance.random()
        struck = Trial(site, fault, f"after {share:.0%} of a rollout")
        judged(struck.run(_after(share * undisturbed.first_seconds)))


def _after(seconds):
    def wait(tracker, deploy):
        strike = time.monotonic() + seconds
        while time.monotonic() < strike and deploy.goes_on:
            tracker.look()
            time.sleep(0.005)

    return wait
