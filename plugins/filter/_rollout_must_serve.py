# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_must_serve): how many hosts must go on serving, where each has a server for every slot."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_must_serve
version_added: 0.1.0
short_description: "[INTERNAL] How many hosts must go on serving"
description:
  - A number for O(zero.downtime.haproxy_server_state#module:min_healthy), where each host has a server for every slot
    and only one of them serves. The server of the layout without slots may be there as well.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: min_healthy, slots
options:
  _input:
    description: The results of a loop of M(zero.downtime.haproxy_server_info) over the load balancers.
    type: list
    elements: dict
    required: true
  min_healthy:
    description: As in O(zero.downtime.rollout#role:main:rollout_min_healthy).
    type: raw
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
- name: Say it
  ansible.builtin.debug:
    msg: "{{ balancers.results | zero.downtime._rollout_must_serve('80%', [8081, 8082]) }}"
"""

RETURN = r"""
_value:
  description: How many.
  type: int
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import batches, observed


def must_serve(results: t.Sequence[t.Mapping[str, t.Any]], min_healthy: t.Any, slots: t.Sequence[int]) -> int:
    try:
        totals = [process.hosts(slots) for process in observed.processes(results)]
        return max(batches.must_serve(total, min_healthy) for total in totals)
    except ZeroDowntimeError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_must_serve": must_serve}
