# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault at each step at which it can strike."""

from __future__ import annotations

import pytest

from faults.catalogue import BESIDE, FAULTS
from faults.trial import Trial

ATTEMPTS = 3
"""The shortest steps may be over when the strike comes."""


def cases(faults):
    return [
        pytest.param(fault, step, id=f"{fault.name} - {step}", marks=[pytest.mark.quick] if step in fault.quick else [])
        for fault in faults
        for step in fault.steps
    ]


@pytest.mark.parametrize(("fault", "step"), cases(FAULTS))
def test_the_same_command_again_converges(site, judged, fault, step):
    strike(site, judged, fault, step)


@pytest.mark.parametrize(("fault", "step"), cases(BESIDE))
def test_the_same_command_again_converges_with_slots(slots, judged, fault, step):
    strike(slots, judged, fault, step)


def strike(site, judged, fault, step):
    for _attempt in range(ATTEMPTS):
        result = Trial(site, fault, step).run()
        judged(result)
        if result.hit:
            return
    assert not result.missed, result.missed
    pytest.skip(f"the step was over before it could be struck, {ATTEMPTS} times; seen last: {result.struck_at}")
