# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan for servers as HAProxy has them: who takes a turn, and that the guard lets each turn out at once."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.drain import TooFewLeft
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.runtime import Runtime
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.server_info import read_process
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed, plan
from ansible_collections.zero.downtime.tests.integration.haproxy.haproxy_under_test import HAProxy

Make = t.Callable[..., HAProxy]


def planned(haproxy: HAProxy, min_healthy: str, *, swap_needed: bool = True) -> list[list[str]]:
    """The turns of a rollout over all servers, as the role plans them."""
    said = read_process(Runtime(haproxy.socket), None, "app", None)
    balancers = observed.processes([{"balancer": "lb1", "processes": [said]}])
    asked = {name: {"server": name, "look": {"image": "i", "swap_needed": swap_needed}} for name in haproxy.services}
    made = plan.make(
        observed.hosts(asked, balancers), balancers, stated_batches=["100%"], forks=50, min_healthy=min_healthy
    )
    hosts = iter(made.hosts)
    return [[next(hosts) for _each in range(size)] for size in made.batches]


@pytest.mark.parametrize(
    ("active", "backups", "min_healthy", "turns"),
    [(4, 2, "50%", [2, 2, 2]), (3, 2, "80%", [1] * 5), (1, 1, "80%", [1, 1])],
)
def test_with_backups_each_turn_leaves_together(
    make: Make, active: int, backups: int, min_healthy: str, turns: list[int]
) -> None:
    haproxy = make(active + backups)
    haproxy.start(each={name: "backup" for name in list(haproxy.services)[active:]})
    haproxy.until_up()
    found = planned(haproxy, min_healthy)
    assert [len(turn) for turn in found] == turns
    for turn in found:
        for server in turn:
            haproxy.module("maint", server, min_healthy=min_healthy, timeout=0.0, on_timeout="cut")
        for server in turn:
            haproxy.module("ready", server)


def test_one_more_than_a_turn_is_held_back(make: Make) -> None:
    haproxy = make(6)
    haproxy.start(each={"app5": "backup", "app6": "backup"})
    haproxy.until_up()
    first, second = planned(haproxy, "50%")[:2]
    for server in first:
        haproxy.module("maint", server, min_healthy="50%")
    with pytest.raises(TooFewLeft):
        haproxy.module("maint", second[0], min_healthy="50%", timeout=0.0)


@pytest.mark.parametrize(
    ("configured", "now", "turns"), [("40", "0", [["app1"]]), ("40", "25%", []), ("40", "100%", []), ("0", "0", [])]
)
def test_a_weight_of_0_takes_a_turn_and_is_put_right_by_it(
    make: Make, configured: str, now: str, turns: list[list[str]]
) -> None:
    haproxy = make(2).start(each={"app1": f"weight {configured}"})
    haproxy.until_up("app2")
    haproxy.ask(f"set server app/app1 weight {now}")
    assert planned(haproxy, "50%", swap_needed=False) == turns
    haproxy.module("maint")
    haproxy.module("ready")
    assert planned(haproxy, "50%", swap_needed=False) == []
