# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from controller import Run

OUTPUT = """
TASK [finish | Print the result] ****
ok: [app1] => {
    "msg": [
        "app1: failed; runs hello:",
        "  it said \\"no\\"",
        "app2: not touched; runs hello:"
    ]
}
fatal: [app1]: FAILED! => {"changed": false, "msg": "it said \\"no\\""}
"""


def test_the_rollout_s_own_account_is_found_in_what_ansible_prints():
    assert Run(2, OUTPUT, 1.0).said == [
        "app1: failed; runs hello:",
        '  it said "no"',
        "app2: not touched; runs hello:",
    ]


def test_a_run_that_did_not_get_that_far_has_none():
    assert Run(4, "ERROR! the playbook could not be found", 0.5).said == []
