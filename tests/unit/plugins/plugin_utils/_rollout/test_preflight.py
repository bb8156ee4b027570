# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed, preflight
from ansible_collections.zero.downtime.tests.unit.plugins.plugin_utils._rollout.findings import (
    asked,
    row,
    said,
    slotted,
)


def with_its_former_line(*states):
    """At lb2 and so on, and not at lb1."""
    own = [row("a-1", state="maint"), row("a-2")]
    former = [said(*own, row("a", state=state), balancer=f"lb{n}") for n, state in enumerate(states, 2)]
    return observed.processes([said(*own), *former])


def refuse(found, balancers):
    preflight.refuse_what_does_not_fit(found, observed.hosts(found, balancers), balancers)


def test_a_server_that_one_load_balancer_does_not_know_is_refused_by_name():
    balancers = observed.processes([said(row("a"), row("b")), said(row("a"), balancer="lb2")])
    with pytest.raises(preflight.Refused, match=r"lb2 .*has no server 'b' \(b\).*it has a\. Add it"):
        refuse(asked("a", "b"), balancers)


def test_the_server_of_the_layout_without_slots_goes_everywhere_once_it_is_out_of_use():
    with pytest.raises(
        preflight.Refused, match=r"lb2 .*still has 'a' .*, and lb1 .*has not\. Remove it from haproxy\.cfg"
    ):
        refuse(asked("a", slots=[1, 2]), with_its_former_line("maint"))


def test_the_server_of_the_layout_without_slots_stays_everywhere_while_it_serves():
    with pytest.raises(
        preflight.Refused, match=r"lb1 .*has no server 'a' \(a\).*Put it back .*lb3 .*sends requests to it"
    ):
        refuse(asked("a", slots=[1, 2]), with_its_former_line("maint", "ready"))


def test_a_slot_without_a_server_is_refused():
    with pytest.raises(preflight.Refused, match="'a-1'"):
        refuse(asked("a", slots=[1, 2]), slotted("a-2"))


def test_two_hosts_of_one_server_are_refused():
    with pytest.raises(
        preflight.Refused, match=r"a and b have the same server 'x' in HAProxy; set rollout_server for each host$"
    ):
        refuse(asked("a", "b", server="x"), [])


def test_a_host_without_slots_among_hosts_with_them_is_refused():
    mixed = {**asked("app1", "app2", slots=[1, 2]), **asked("app3", slots=[])}
    with pytest.raises(preflight.Refused, match=r"rollout_slots is set for app1, app2 and not for app3\. "):
        refuse(mixed, [])


@pytest.mark.parametrize(("key", "values"), [("load_balancers", (["lb1"], ["lb2"])), ("backend", ("b17", "b18"))])
def test_hosts_of_two_sites_are_refused(key, values):
    said = {
        name: {"server": name, "look": {}, "load_balancers": ["lb1"], "backend": "b17", key: value}
        for name, value in zip(("app1", "app2"), values)
    }
    with pytest.raises(
        preflight.Refused, match=f"rollout_{key} differs between hosts: .* of app1; .* of app2. Roll them out"
    ):
        refuse(said, [])
