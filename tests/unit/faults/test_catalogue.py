# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections import Counter

import pytest
from faults.catalogue import BESIDE, FAULTS
from faults.steps import STEPS, STEPS_BESIDE


def test_there_are_enough_of_them_and_none_twice():
    assert len(FAULTS) >= 25
    assert max(Counter(fault.name for fault in FAULTS).values()) == 1


@pytest.mark.parametrize("fault", [*FAULTS, *BESIDE], ids=lambda fault: fault.name)
def test_a_fault_is_told_in_full(fault):
    assert fault.steps
    assert set(fault.steps) <= set(STEPS)
    assert set(fault.quick) <= set(fault.steps)
    assert fault.loss is None or (fault.loss.why and fault.loss.at), "a loss needs a reason, and a reason its steps"


def test_every_step_is_struck_by_several_faults():
    struck = Counter(step for fault in FAULTS for step in fault.steps)
    assert min(struck[step] for step in STEPS) >= 2


def test_there_is_a_quick_part():
    assert 3 <= sum(len(fault.quick) for fault in FAULTS) <= 8


def test_beside_the_old_version_a_turn_has_steps_of_its_own():
    assert {step for fault in BESIDE for step in fault.steps} <= set(STEPS_BESIDE)
