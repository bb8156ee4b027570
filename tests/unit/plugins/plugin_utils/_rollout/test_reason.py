# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.reason import reason


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
