# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found of hosts and load balancers, in the shape that modules return it."""

from __future__ import annotations

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed


def row(server, *, state="ready", up=True, weight=1, configured=1, backup=False):
    weights = {"weight": weight, "configured_weight": configured}
    return {"server": server, "state": state, "up": up, **weights, "backup": backup}


def said(*rows, balancer="lb1", socket="/run/haproxy/admin.sock"):
    return {"balancer": balancer, "processes": [{"socket": socket, "servers": list(rows)}]}


def asked(*names, **more):
    return {name: {"server": name, "look": {"image": "i", "swap_needed": True}, **more} for name in names}


def slotted(*servers):
    return observed.processes(
        [said(*(row(server, state="ready" if server == "a-2" else "maint") for server in servers))]
    )
