# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench makes of the seconds it measured."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench import playbooks, results
from bench.playbooks import Step
from bench.results import Requests

NONE_LOST = {name: Requests(1000, 0) for name in ("floor", "recipe", "ours")}


@pytest.mark.parametrize(
    ("ours", "met"),
    [
        ([11.0, 11.0], {"floor": True, "recipe": True}),
        ([11.1, 11.1], {"floor": False, "recipe": True}),
        ([9.0, 10.0, 99.0], {"floor": True, "recipe": True}),
        ([20.0, 20.0], {"floor": False, "recipe": False}),
    ],
)
def test_a_target_is_met_up_to_its_multiple_of_the_other_median(ours: list[float], met: dict[str, bool]) -> None:
    times = {"floor": [5.0], "recipe": [14.0, 16.0], "ours": ours}
    assert {other: target["met"] for other, target in results.targets(times, NONE_LOST).items()} == {
        **met,
        "lost": True,
    }


def test_ours_loses_nothing_whatever_the_others_lose() -> None:
    times = {"floor": [5.0], "recipe": [15.0], "ours": [10.0]}
    requests = {"floor": Requests(1, 9), "recipe": Requests(1, 9), "ours": Requests(999, 1)}
    assert results.targets(times, requests)["lost"] == {"requests": 1, "at_most": 0, "met": False}


def test_requests_of_all_deploys_are_summed_up() -> None:
    assert results.together([Requests(10, 1), Requests(20, 0)]) == Requests(30, 1)


def test_the_report_names_medians_ratios_and_what_was_missed() -> None:
    times = {"floor": [4.0, 5.0, 9.0], "recipe": [10.0], "ours": [20.0, 8.0, 10.0]}
    lines = results.report(times, {**NONE_LOST, "floor": Requests(900, 3)})
    assert lines[1].split() == ["floor", "5.00", "s", "4.00", "s", "9.00", "s", "1.00", "0.50", "900", "3"]
    assert lines[3].split() == ["ours", "10.00", "s", "8.00", "s", "20.00", "s", "2.00", "1.00", "1000", "0"]
    assert lines[-3:] == [
        "ours / floor: 2.00, at most 2.2: met",
        "ours / recipe: 1.00, at most 0.85: MISSED",
        "ours lost 0, at most 0: met",
    ]


def test_steps_fill_the_whole_run() -> None:
    notes: list[dict[str, t.Any]] = [
        {"at": 101.0, "begins": "(between plays)"},
        {"at": 101.5, "begins": "Drain"},
        {"at": 102.0, "module": 0.2},
        {"at": 102.5, "module": 0.1},
        {"at": 103.0, "begins": "(ansible-playbook ends)"},
    ]
    found = playbooks.steps(notes, began=100.0, ended=103.25)
    assert [(step.name, step.seconds) for step in found] == [
        (playbooks.START, 1.0),
        ("(between plays)", 0.5),
        ("Drain", 1.5),
        ("(ansible-playbook ends)", 0.25),
    ]
    assert [step.in_module for step in found] == pytest.approx([0, 0, 0.3, 0])


def test_a_breakdown_sums_a_step_over_a_deploy_and_takes_the_median_of_deploys() -> None:
    turns = [
        [Step("start", 1.0, 0.0), Step("swap", 2.0, 1.0), Step("swap", 2.0, 1.0)],
        [Step("start", 3.0, 0.0), Step("swap", 3.0, 1.5), Step("swap", 5.0, 1.5)],
        [Step("start", 2.0, 0.0), Step("swap", 1.0, 0.5), Step("swap", 1.0, 0.5)],
    ]
    assert results.breakdown(turns) == [
        {"name": "start", "times": 1, "seconds": 2.0, "in_module": 0.0},
        {"name": "swap", "times": 2, "seconds": 4.0, "in_module": 2.0},
    ]


def test_a_step_that_only_some_deploys_have_counts_as_no_time_in_the_others() -> None:
    turns = [[Step("swap", 2.0, 1.0)], [Step("swap", 4.0, 1.0), Step("undo", 6.0, 3.0)], [Step("swap", 3.0, 1.0)]]
    assert results.breakdown(turns)[1] == {"name": "undo", "times": 1, "seconds": 0.0, "in_module": 0.0}
