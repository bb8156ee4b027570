# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed
from ansible_collections.zero.downtime.tests.unit.plugins.plugin_utils._rollout.findings import (
    asked,
    row,
    said,
    slotted,
)


@pytest.mark.parametrize(
    ("second", "serving"),
    [
        (row("a"), True),
        (row("a", up=False), False),
        (row("a", state="drain"), False),
        (row("a", state="maint"), False),
        (row("a", weight=0, configured=100), False),
        # Lowered by somebody, or by a ramp that was killed: nothing tells the two apart.
        (row("a", weight=10, configured=100), True),
        # A turn would not change it.
        (row("a", weight=0, configured=0), True),
    ],
)
def test_a_host_serves_when_every_load_balancer_sends_it_requests(second, serving):
    balancers = observed.processes([said(row("a")), said(second, balancer="lb2")])
    assert observed.hosts(asked("a"), balancers)[0].serving is serving


def test_backup_servers_are_rolled_and_no_share_is_counted_of_them():
    (process,) = observed.processes([said(row("a"), row("spare", backup=True))])
    assert (process.servers, process.backups) == ({"a"}, {"spare"})
    assert [host.serving for host in observed.hosts(asked("a", "spare"), [process])] == [True, True]


def test_with_slots_a_host_has_a_server_for_each_and_serves_by_one():
    (host,) = observed.hosts(asked("a", slots=[1, 2]), slotted("a-1", "a-2"))
    assert (host.lines, host.serving, host.side_by_side) == (("a-1", "a-2"), True, True)


def test_the_server_of_the_layout_without_slots_is_one_of_them_while_it_is_there():
    (host,) = observed.hosts(asked("a", slots=[1, 2]), slotted("a-1", "a-2", "a"))
    assert host.lines == ("a-1", "a-2", "a")


def test_a_service_that_is_no_container_always_takes_its_turn():
    (host,) = observed.hosts({"a": {"server": "a", "look": {"changed": False, "skipped": True}}}, [])
    assert host.swap_needed


def test_without_a_load_balancer_every_host_serves():
    assert observed.hosts(asked("a"), [])[0].serving


@pytest.mark.parametrize(
    ("slot", "slot_before", "state", "swap_needed", "idle"),
    [
        (2, 1, "running", True, "a-2"),
        (2, None, "running", True, "a-2"),
        (1, 1, "running", True, ""),
        (1, 1, "exited", True, "a-1"),
        (2, 1, "running", False, ""),
    ],
)
def test_the_slot_where_the_new_version_starts_is_idle_unless_it_runs_there_already(
    slot, slot_before, state, swap_needed, idle
):
    look = {"slot": slot, "slot_before": slot_before, "container": {"state": state}, "swap_needed": swap_needed}
    (host,) = observed.hosts(asked("a", slots=[1, 2], look=look), slotted("a-1", "a-2"))
    assert host.idle_line == idle
