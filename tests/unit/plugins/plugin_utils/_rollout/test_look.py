# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import look


def row(server, *, state="ready", up=True, weight=1, configured=1, backup=False):
    weights = {"weight": weight, "configured_weight": configured}
    return {"server": server, "state": state, "up": up, **weights, "backup": backup}


def said(*rows, balancer="lb1", socket="/run/haproxy/admin.sock"):
    return {"balancer": balancer, "processes": [{"socket": socket, "servers": list(rows)}]}


def asked(*names, **more):
    return {name: {"server": name, "look": {"image": "i", "swap_needed": True}, **more} for name in names}


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
    balancers = look.processes([said(row("a")), said(second, balancer="lb2")])
    assert look.hosts(asked("a"), balancers)[0].serving is serving


def test_backup_servers_are_rolled_and_no_share_is_counted_of_them():
    (process,) = look.processes([said(row("a"), row("spare", backup=True))])
    assert (process.servers, process.backups) == ({"a"}, {"spare"})
    assert [host.serving for host in look.hosts(asked("a", "spare"), [process])] == [True, True]


def test_a_server_that_one_load_balancer_does_not_know_is_refused_by_name():
    balancers = look.processes([said(row("a"), row("b")), said(row("a"), balancer="lb2")])
    with pytest.raises(look.Refused, match=r"lb2 .*has no server 'b' \(b\).*it has a\. Add it"):
        look.hosts(asked("a", "b"), balancers)


def slotted(*servers):
    return look.processes([said(*(row(server, state="ready" if server == "a-2" else "maint") for server in servers))])


def test_with_slots_a_host_has_a_server_for_each_and_serves_by_one():
    (host,) = look.hosts(asked("a", slots=[1, 2]), slotted("a-1", "a-2"))
    assert (host.lines, host.serving, host.side_by_side) == (("a-1", "a-2"), True, True)


def test_the_server_of_the_layout_without_slots_is_one_of_them_while_it_is_there():
    (host,) = look.hosts(asked("a", slots=[1, 2]), slotted("a-1", "a-2", "a"))
    assert host.lines == ("a-1", "a-2", "a")


def with_its_former_line(*states):
    """At lb2 and so on, and not at lb1."""
    own = [row("a-1", state="maint"), row("a-2")]
    former = [said(*own, row("a", state=state), balancer=f"lb{n}") for n, state in enumerate(states, 2)]
    return look.processes([said(*own), *former])


def test_the_server_of_the_layout_without_slots_goes_everywhere_once_it_is_out_of_use():
    with pytest.raises(look.Refused, match=r"lb2 .*still has 'a' .*, and lb1 .*has not\. Remove it from haproxy\.cfg"):
        look.hosts(asked("a", slots=[1, 2]), with_its_former_line("maint"))


def test_the_server_of_the_layout_without_slots_stays_everywhere_while_it_serves():
    with pytest.raises(look.Refused, match=r"lb1 .*has no server 'a' \(a\).*Put it back .*lb3 .*sends requests to it"):
        look.hosts(asked("a", slots=[1, 2]), with_its_former_line("maint", "ready"))


def test_a_slot_without_a_server_is_refused():
    with pytest.raises(look.Refused, match="'a-1'"):
        look.hosts(asked("a", slots=[1, 2]), slotted("a-2"))


def test_two_hosts_of_one_server_are_refused():
    with pytest.raises(
        look.Refused, match=r"a and b have the same server 'x' in HAProxy; set rollout_server for each host$"
    ):
        look.hosts(asked("a", "b", server="x"), [])


def test_a_service_that_is_no_container_always_takes_its_turn():
    (host,) = look.hosts({"a": {"server": "a", "look": {"changed": False, "skipped": True}}}, [])
    assert host.swap_needed


def test_without_a_load_balancer_every_host_serves():
    assert look.hosts(asked("a"), [])[0].serving


def test_a_host_without_slots_among_hosts_with_them_is_refused():
    mixed = {**asked("app1", "app2", slots=[1, 2]), **asked("app3", slots=[])}
    with pytest.raises(look.Refused, match=r"rollout_slots is set for app1, app2 and not for app3\. "):
        look.hosts(mixed, [])


@pytest.mark.parametrize(("key", "values"), [("load_balancers", (["lb1"], ["lb2"])), ("backend", ("b17", "b18"))])
def test_hosts_of_two_sites_are_refused(key, values):
    said = {
        name: {"server": name, "look": {}, "load_balancers": ["lb1"], "backend": "b17", key: value}
        for name, value in zip(("app1", "app2"), values)
    }
    with pytest.raises(
        look.Refused, match=f"rollout_{key} differs between hosts: .* of app1; .* of app2. Roll them out"
    ):
        look.hosts(said, [])
