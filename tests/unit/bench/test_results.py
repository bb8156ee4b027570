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
from bench.results import Deploy, Requests, Step
from bench.scenarios import SCENARIOS, TWO_SLOTS, Target

THREE = SCENARIOS["three"]


def deploy(seconds: float = 10.0, cpu: float = 2.0, out: tuple[float, ...] = (1.0,), lost: int = 0) -> Deploy:
    return Deploy(seconds, cpu, out, Requests(1000, lost), [])


@pytest.mark.parametrize(
    ("target", "text", "met"),
    [
        (Target("seconds", 1.9, "floor"), "time / floor: 1.90, at most 1.9", True),
        (Target("seconds", 1.8, "floor"), "time / floor: 1.90, at most 1.8", False),
        (Target("cpu", 1.2, "floor"), "CPU / floor: 1.50, at most 1.2", False),
        (Target("seconds", 17.0), "time: 9.50 s, at most 17 s", True),
        (Target("seconds", 9.0), "time: 9.50 s, at most 9 s", False),
    ],
)
def test_a_target_is_met_up_to_its_multiple_of_the_other_median(target: Target, text: str, met: bool) -> None:
    found = {
        "floor": [deploy(seconds=4.0), deploy(seconds=6.0)],
        "ours": [deploy(seconds=9.0, cpu=3.0), deploy(seconds=9.5, cpu=3.0), deploy(seconds=99.0, cpu=3.0)],
    }
    assert results.verdicts(found, [target])[0] == (text, met)


def test_ours_loses_nothing_whatever_the_others_lose() -> None:
    found = {"floor": [deploy(lost=9)], "ours": [deploy(), deploy(lost=1)]}
    assert results.verdicts(found, []) == [("requests that ours lost: 1, at most 0", False)]
    assert results.verdicts({**found, "ours": [deploy()]}, []) == [("requests that ours lost: 0, at most 0", True)]


def test_requests_of_all_deploys_are_summed_up() -> None:
    assert results.together([deploy(lost=1), deploy()]) == Requests(2000, 1)


def test_a_host_is_out_while_none_of_its_servers_can_serve() -> None:
    samples = [
        (0.0, frozenset({"app1", "app2"})),
        (1.0, frozenset({"app2"})),
        (3.5, frozenset({"app1", "app2"})),
        (4.0, frozenset({"app1"})),
        (4.5, frozenset({"app1", "app2"})),
        (9.0, frozenset({"app1", "app2"})),
    ]
    assert results.out_of_rotation(samples, [["app1"], ["app2"]]) == (2.5, 0.5)


def test_a_host_with_slots_is_in_as_long_as_either_serves() -> None:
    samples = [
        (0.0, frozenset({"app1-8081"})),
        (1.0, frozenset({"app1-8081", "app1-8082"})),
        (2.0, frozenset({"app1-8082"})),
        (3.0, frozenset({"app1-8082"})),
    ]
    assert results.out_of_rotation(samples, [TWO_SLOTS.servers("app1")]) == (0.0,)


def test_the_report_is_a_table_and_a_line_for_each_target() -> None:
    found = {
        "floor": [deploy(4.0, 0.1, (0.5, 1.5)), deploy(9.0, 0.3, (1.0, 1.0)), deploy(5.0, 0.2, (1.0, 1.0), lost=3)],
        "ours": [deploy(10.0)],
    }
    lines = results.report(THREE, found, results.verdicts(found, [Target("seconds", 1.9, "floor")]))
    assert lines[0] == "### Three hosts, one by one"
    assert [cell.strip() for cell in lines[4].strip("|").split("|")] == [
        "floor", "5.00 s", "4.00 s", "9.00 s", "0.20 s", "1.00 s", "1.50 s", "3000", "3",
    ]  # fmt: skip
    assert lines[-2:] == ["- time / floor: 2.00, at most 1.9: MISSED", "- requests that ours lost: 0, at most 0: met"]
    assert len({len(line) for line in lines[2:6]}) == 1


def test_a_target_compares_with_a_contestant_of_its_scenario() -> None:
    for scenario in SCENARIOS.values():
        assert {target.than for target in scenario.targets} <= {"", *scenario.contestants}


def test_steps_fill_the_whole_run() -> None:
    notes: list[dict[str, t.Any]] = [
        {"at": 101.0, "cpu": 0.8, "begins": "(between plays)"},
        {"at": 101.5, "cpu": 0.9, "begins": "Drain"},
        {"at": 102.0, "cpu": 1.0, "module": 0.2},
        {"at": 102.5, "cpu": 1.1, "module": 0.1},
        {"at": 103.0, "cpu": 1.4, "begins": "(ansible-playbook ends)"},
    ]
    found = playbooks.steps(notes, began=100.0, ended=103.25, cpu=1.5)
    assert [(step.name, step.seconds) for step in found] == [
        (playbooks.START, 1.0),
        ("(between plays)", 0.5),
        ("Drain", 1.5),
        ("(ansible-playbook ends)", 0.25),
    ]
    assert [step.in_module for step in found] == pytest.approx([0, 0, 0.3, 0])
    assert [step.cpu for step in found] == pytest.approx([0.8, 0.1, 0.5, 0.1])


def test_a_breakdown_sums_a_step_over_a_deploy_and_takes_the_median_of_deploys() -> None:
    turns = [
        [Step("start", 1.0, 0.0, 0.5), Step("swap", 2.0, 1.0, 0.1), Step("swap", 2.0, 1.0, 0.1)],
        [Step("start", 3.0, 0.0, 0.5), Step("swap", 3.0, 1.5, 0.2), Step("swap", 5.0, 1.5, 0.2)],
        [Step("start", 2.0, 0.0, 0.5), Step("swap", 1.0, 0.5, 0.3), Step("swap", 1.0, 0.5, 0.3)],
    ]
    assert results.breakdown(turns) == [
        {"name": "start", "times": 1, "seconds": 2.0, "in_module": 0.0, "cpu": 0.5},
        {"name": "swap", "times": 2, "seconds": 4.0, "in_module": 2.0, "cpu": 0.4},
    ]
    assert results.breakdown_report("ours", turns)[-1].split() == ["(all)", "3", "5.00", "0.90"]


def test_a_step_that_only_some_deploys_have_counts_as_no_time_in_the_others() -> None:
    swaps, undo = [Step("swap", seconds, 1.0, 0.1) for seconds in (2.0, 4.0, 3.0)], Step("undo", 6.0, 3.0, 0.2)
    turns = [[swaps[0]], [swaps[1], undo], [swaps[2]]]
    assert results.breakdown(turns)[1] == {"name": "undo", "times": 1, "seconds": 0.0, "in_module": 0.0, "cpu": 0.0}
