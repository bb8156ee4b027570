# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.reason import FAILED, reason

ROOT = Path(__file__).resolve().parents[5]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"failed": True, "msg": "no space left"}, "no space left"),
        ({"unreachable": True, "msg": "timed out"}, "unreachable, timed out"),
        (
            {
                "msg": "One or more items failed",
                "results": [
                    {"ansible_loop_var": "balancer", "balancer": "lb1", "changed": True},
                    {"ansible_loop_var": "balancer", "balancer": "lb2", "failed": True, "msg": "Permission denied"},
                    {"ansible_loop_var": "balancer", "balancer": "lb3", "unreachable": True, "msg": "no route"},
                ],
            },
            "lb2: Permission denied; lb3: unreachable, no route",
        ),
        ({"failed": True}, "no reason was given"),
    ],
)
def test_the_words_of_what_failed(result, words):
    assert reason(result) == words


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("zero.downtime.rollout : stages | drain | Drain app1", "app1 was not drained: timed out"),
        ("stages | hand_over | Restore app1, and drain app2", "app1 was not restored: timed out"),
        ("parts | own_health | Wait until it is healthy", "app1 is not healthy: timed out"),
        ("drain | ", "app1 was not drained: timed out"),
        ("A task of the user's", "timed out"),
        ("", "timed out"),
    ],
)
def test_what_a_failed_stage_means_for_the_host(task, words):
    assert reason({"failed": True, "msg": "timed out"}, "app1", task) == words


def test_every_stage_whose_failure_is_explained_is_a_file_of_the_role():
    tasks = ROOT / "roles" / "rollout" / "tasks"
    files = {path.stem for folder in ("stages", "parts") for path in (tasks / folder).iterdir()}
    assert set(FAILED) <= files
