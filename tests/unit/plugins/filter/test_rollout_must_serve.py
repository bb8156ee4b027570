# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.zero.downtime.plugins.filter._rollout_must_serve import must_serve


def results(hosts, backups=0, former=0):
    names = [f"app{host}-{port}" for host in range(hosts) for port in (8081, 8082)]
    names += [f"app{host}" for host in range(former)]
    row = {"state": "ready", "up": True, "weight": 1, "configured_weight": 1, "backup": False}
    servers = [{**row, "server": name} for name in names]
    servers += [{**row, "server": f"sorry{number}", "backup": True} for number in range(backups)]
    return [{"balancer": "lb1", "processes": [{"socket": "/s", "servers": servers}]}]


@pytest.mark.parametrize(
    ("hosts", "min_healthy", "must"), [(3, 0.8, 2), (10, "80%", 8), (3, 3, 3), (3, 0, 0), (1, 0.5, 1)]
)
def test_a_share_is_one_of_hosts(hosts, min_healthy, must):
    assert must_serve(results(hosts, backups=1), min_healthy, [8081, 8082]) == must


@pytest.mark.parametrize("former", [1, 3])
def test_the_servers_of_the_layout_without_slots_are_of_the_same_hosts(former):
    assert must_serve(results(3, former=former), 0.8, [8081, 8082]) == 2


def test_a_host_without_slots_yet_is_a_host():
    assert must_serve(results(3, former=5), 5, [8081, 8082]) == 5


def test_nonsense_is_a_failure_with_its_reason():
    with pytest.raises(AnsibleFilterError, match="more than all servers"):
        must_serve(results(3), "120%", [8081, 8082])
