# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import counters


def process(pid, answered, backend="hello", **more):
    row = {"backend": backend, "counters": {"answered_2xx": answered, "sessions": 1}}
    server = {"server": "app1", "backend": backend, "sessions": 2, "counters": {"answered_2xx": answered}}
    return {"pid": pid, "uptime": 9, "backends": [row], "servers": [server], **more}


def info(*processes):
    sockets = ["/a.sock", "/b.sock"]
    each = [{"old_workers": [], **found, "socket": socket} for found, socket in zip(processes, sockets)]
    return {"balancer": "lb1", "processes": each}


def answered(*moments):
    """By process, what each of its snapshots had counted; I(moments) are results of info."""
    snapshots = [
        look for number, said in enumerate(moments) for look in counters.from_info([said], "hello", str(number))
    ]
    return {
        (process.socket, process.pid): [look.counters["answered_2xx"] for look in life]
        for process, life in counters.by_process(snapshots).items()
    }


def test_from_info_old_workers_are_processes_of_their_own():
    snapshots = counters.from_info(
        [info(process(2, 5, old_workers=[process(1, 7), process(3, 1, "other")]))], "hello", "start"
    )
    assert [(look.socket, look.pid, look.counters["answered_2xx"], look.moment) for look in snapshots] == [
        ("/a.sock", 2, 5, "start"),
        (None, 1, 7, "start"),
    ]
    assert snapshots[0].servers == {"app1": {"answered_2xx": 5, "sessions": 2}}


def test_from_state_each_end_of_a_change_is_a_look_and_a_failure_may_hold_none():
    entry = {
        "server": "app1",
        "backend": "hello",
        "socket": "/a.sock",
        "pid": 2,
        "backend_counters": {"answered_2xx": 5},
    }
    results = [
        {
            "balancer_and_line": ["lb1", "app1"],
            "before": [{**entry, "state": "ready"}],
            "after": [{**entry, "state": "maint"}],
        },
        {"balancer_and_line": ["lb2", "app1"], "failed": True},
        {"balancer_and_line": ["lb3", "app1"], "before": [{"server": "app1", "state": "ready"}]},
    ]
    snapshots = counters.from_state(results)
    assert [(look.balancer, look.socket, look.moment, look.servers) for look in snapshots] == [
        ("lb1", "/a.sock", "app1 ready", None),
        ("lb1", "/a.sock", "app1 maint", None),
    ]


def test_two_haproxies_of_one_balancer_may_have_the_same_pid():
    found = answered(info(process(8, 1), process(8, 100)), info(process(8, 2), process(8, 200)))
    assert found == {("/a.sock", 8): [1, 2], ("/b.sock", 8): [100, 200]}


def test_an_old_worker_is_the_process_that_answered_at_a_socket_before():
    """Who asks for several sockets asks one master, and is told of its old workers at each."""
    old = [process(1, 7)]
    found = answered(
        info(process(1, 5), process(9, 50)), info(process(2, 1, old_workers=old), process(9, 60, old_workers=old))
    )
    assert found == {("/a.sock", 1): [5, 7, 7], ("/b.sock", 9): [50, 60], ("/a.sock", 2): [1]}


def test_an_old_worker_is_not_the_process_of_its_pid_that_still_answers_elsewhere():
    old = [process(8, 7)]
    found = answered(
        info(process(8, 50), process(8, 5)), info(process(8, 60, old_workers=old), process(9, 1, old_workers=old))
    )
    assert found == {("/a.sock", 8): [50, 60], ("/b.sock", 8): [5, 7], ("/b.sock", 9): [1]}


def test_an_old_worker_that_was_one_from_the_start_has_no_socket():
    old = [process(1, 7)]
    found = answered(info(process(2, 1, old_workers=old)), info(process(2, 3, old_workers=old)))
    assert found == {("/a.sock", 2): [1, 3], (None, 1): [7, 7]}


def test_a_reload_between_the_two_reads_makes_no_second_process():
    found = answered(info(process(1, 5)), info(process(1, 6, old_workers=[process(1, 7)])))
    assert found == {("/a.sock", 1): [5, 6]}


def test_an_old_worker_that_may_be_either_of_two_is_neither():
    old = [process(8, 7)]
    found = answered(
        info(process(8, 50), process(8, 5)), info(process(9, 1, old_workers=old), process(9, 2, old_workers=old))
    )
    assert found == {("/a.sock", 8): [50], ("/b.sock", 8): [5], ("/a.sock", 9): [1], ("/b.sock", 9): [2]}
