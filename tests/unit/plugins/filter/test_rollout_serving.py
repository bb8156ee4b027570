# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.filter._rollout_serving import FilterModule

serving = FilterModule().filters()["_rollout_serving"]
SLOTS = [8081, 8082]


def balancer(name, **servers):
    """What haproxy_server_info says; I(servers): name, with C(_) for C(-), to its state and whether it is up."""
    rows = [
        {
            "server": server.replace("_", "-"),
            "state": state,
            "up": up,
            "weight": int(state == "ready"),
            "configured_weight": 1,
            "backup": False,
        }
        for server, (state, up) in servers.items()
    ]
    return {"balancer": name, "processes": [{"socket": "/s", "servers": rows}]}


READY, DRAINING, IDLE, FORGOTTEN = ("ready", True), ("drain", True), ("maint", False), ("ready", False)


@pytest.mark.parametrize(
    ("servers", "found"),
    [
        ({"app1_8081": READY, "app1_8082": IDLE}, ["app1-8081"]),
        ({"app1_8081": FORGOTTEN, "app1_8082": READY}, ["app1-8082"]),
        ({"app1": READY, "app1_8081": IDLE, "app1_8082": IDLE}, ["app1"]),
        # A rollout was broken off, and what was started last is not what serves, or not alone.
        ({"app1_8081": READY, "app1_8082": READY}, ["app1-8081", "app1-8082"]),
        ({"app1": READY, "app1_8081": READY, "app1_8082": IDLE}, ["app1-8081", "app1"]),
        ({"app1_8081": DRAINING, "app1_8082": READY}, ["app1-8081", "app1-8082"]),
        # Out already, so every one of them stays out.
        ({"app1_8081": IDLE, "app1_8082": IDLE}, ["app1-8081", "app1-8082"]),
        ({"app1": IDLE, "app1_8081": IDLE, "app1_8082": IDLE}, ["app1-8081", "app1-8082", "app1"]),
        # No such server is for haproxy_server_state to say.
        ({}, ["app1-8081", "app1-8082"]),
    ],
)
def test_the_lines_of_a_host_that_serve(servers, found):
    others = {"app2": READY, "app11_8081": READY, "app11_8082": IDLE}
    assert serving([balancer("lb1", **servers, **others)], "app1", SLOTS) == found


def test_a_line_that_serves_on_one_load_balancer_serves():
    first = balancer("lb1", app1_8081=READY, app1_8082=IDLE)
    second = balancer("lb2", app1_8081=IDLE, app1_8082=READY)
    assert serving([first, second], "app1", SLOTS) == ["app1-8081", "app1-8082"]
