# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import counters


def process(pid, answered, backend="hello", **more):
    row = {"backend": backend, "counters": {"answered_2xx": answered, "sessions": 1}}
    server = {"server": "app1", "backend": backend, "sessions": 2, "counters": {"answered_2xx": answered}}
    return {"pid": pid, "uptime": 9, "backends": [row], "servers": [server], **more}


def test_from_info_old_workers_are_processes_of_their_own():
    result = {"balancer": "lb1", "processes": [process(2, 5, old_workers=[process(1, 7), process(3, 1, "other")])]}
    looks = counters.from_info([result], "hello", "start")
    assert [(look.pid, look.counters["answered_2xx"], look.moment) for look in looks] == [
        (2, 5, "start"),
        (1, 7, "start"),
    ]
    assert looks[0].servers == {"app1": {"answered_2xx": 5, "sessions": 2}}


def test_from_state_each_end_of_a_change_is_a_look_and_a_failure_may_hold_none():
    entry = {"server": "app1", "backend": "hello", "pid": 2, "backend_counters": {"answered_2xx": 5}}
    results = [
        {
            "balancer_and_line": ["lb1", "app1"],
            "before": [{**entry, "state": "ready"}],
            "after": [{**entry, "state": "maint"}],
        },
        {"balancer_and_line": ["lb2", "app1"], "failed": True},
        {"balancer_and_line": ["lb3", "app1"], "before": [{"server": "app1", "state": "ready"}]},
    ]
    looks = counters.from_state(results)
    assert [(look.balancer, look.moment, look.servers) for look in looks] == [
        ("lb1", "app1 ready", None),
        ("lb1", "app1 maint", None),
    ]
