# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_serving): which of a host's servers may have requests."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_serving
version_added: 0.1.0
short_description: "[INTERNAL] Which of a host's servers serve"
description:
  - A host has a server in haproxy.cfg for each slot, and perhaps that of the layout without slots. Those that are up
    and not in maintenance on any load balancer may have requests; all of them where none is.
  - HAProxy is asked, because after a rollout that was broken off it may be the older one of two that serves, or both.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: server, slots
options:
  _input:
    description: The results of a loop of M(zero.downtime.haproxy_server_info) over the load balancers.
    type: list
    elements: dict
    required: true
  server:
    description: As in O(zero.downtime.rollout#role:main:rollout_server).
    type: str
    required: true
  slots:
    description: As in O(zero.downtime.rollout#role:main:rollout_slots).
    type: list
    elements: int
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Say them
  ansible.builtin.debug:
    msg: "{{ balancers.results | zero.downtime._rollout_serving(inventory_hostname, [8081, 8082]) }}"
"""

RETURN = r"""
_value:
  description: Their names.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.observed import lines_that_serve


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_serving": lines_that_serve}
