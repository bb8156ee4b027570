# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_places): where a stage of a turn drains or restores."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_places
version_added: 0.1.0
short_description: "[INTERNAL] Where a stage of a turn drains or restores"
description:
  - Each load balancer and server on which the stage acts, in the order of the load balancers.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: stage, hostvars
options:
  _input:
    description: The turn of a host, from RV(zero.downtime.rollout_plan#module:plan).
    type: dict
    required: true
  stage:
    description: The stage.
    type: str
    required: true
  hostvars:
    description: Ansible's variable of that name.
    type: dict
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print them
  ansible.builtin.debug:
    msg: "{{ turn | zero.downtime._rollout_places('drain', hostvars) }}"
"""

RETURN = r"""
_value:
  description: Pairs of a load balancer and a server.
  type: list
  elements: list
  sample: [[lb1, app1]]
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import registered, turn


def places(facts: t.Mapping[str, t.Any], stage: str, hostvars: t.Mapping[str, t.Any]) -> list[list[str]]:
    own = registered.turn_of(facts)
    if own is None:
        return []
    return [list(place) for place in turn.places(own, registered.done_by(own.host, hostvars), stage)]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_places": places}
