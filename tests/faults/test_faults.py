# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault at each step at which it can strike."""

from __future__ import annotations

import pytest

from faults.catalogue import FAULTS
from faults.trial import Trial

CASES = [
    pytest.param(fault, step, id=f"{fault.name} - {step}", marks=[pytest.mark.quick] if step in fault.quick else [])
    for fault in FAULTS
    for step in fault.steps
]


@pytest.mark.parametrize(("fault", "step"), CASES)
def test_the_same_command_again_converges(site, judged, fault, step):
    judged(Trial(site, fault, step).run())
