# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from controller import Run
from faults.table import markdown
from faults.trial import VERSIONS, Result, ended, turned


@pytest.mark.parametrize(
    ("result", "cells"),
    [
        (
            Result("a fault", "draining", "draining", versions="v2 v2", first="killed", again="well", seconds=8.4),
            ["a fault", "draining", "0", "0", "v2 v2", "killed", "well", "8", "ok"],
        ),
        (
            Result("a fault", "draining", "drained", lost=3, signs=4, reason="its nature"),
            ["a fault", "draining (seen: drained)", "3", "4", "", "", "", "0", "ok: its nature"],
        ),
        (
            Result("a fault", "after 3% of a rollout", "preparing", missed="no module runs"),
            ["a fault", "after 3% of a rollout (seen: preparing) (hit nothing)", "0", "0", "", "", "", "0", "ok"],
        ),
        (
            Result("a fault", "draining", lost=1, problems=["1 requests lost", "not everywhere v2"], screens=["x"]),
            ["a fault", "draining", "1", "0", "", "", "", "0", "1 requests lost; not everywhere v2"],
        ),
    ],
)
def test_a_strike_is_a_row(result, cells):
    assert markdown([result]).splitlines()[-1] == f"| {' | '.join(cells)} |"


def test_the_head_has_as_many_cells_as_a_row():
    head, line, row = markdown([Result("a fault", "draining")]).splitlines()
    assert head.count("|") == line.count("|") == row.count("|")


@pytest.mark.parametrize(("runs", "new"), [("v1", VERSIONS[1]), ("v2", VERSIONS[0])])
def test_a_trial_rolls_out_what_does_not_run(runs, new):
    assert turned(VERSIONS, by=runs)[1] == new


@pytest.mark.parametrize(("code", "word"), [(0, "well"), (2, "failed"), (-9, "killed"), (124, "hung")])
def test_the_end_of_a_run_is_one_word(code, word):
    assert ended(Run(code, "", 7.6)) == f"{word} in 8 s"
