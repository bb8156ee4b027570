# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_recovery): the stages that put a failed turn right."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_recovery
version_added: 0.1.0
short_description: "[INTERNAL] The stages that put a failed turn right"
description:
  - From what the stages of a turn registered to those that lead back to something that serves. None where the host is
    better left out.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: hostvars, tried
options:
  _input:
    description: The turn of a host, from RV(zero.downtime.rollout_plan#module:plan).
    type: dict
    required: true
  hostvars:
    description: Ansible's variable of that name.
    type: dict
    required: true
  tried:
    description: The stages that should have put it right and failed.
    type: list
    elements: str
    default: []
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print them
  ansible.builtin.debug:
    msg: "{{ turn | zero.downtime._rollout_recovery(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Their names.
  type: list
  elements: str
  sample: [drain, previous, restore]
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import registered, turn


def recovery(facts: t.Mapping[str, t.Any], hostvars: t.Mapping[str, t.Any], tried: t.Sequence[str] = ()) -> list[str]:
    own = registered.turn_of(facts)
    return turn.recovery(own, registered.done_by(own.host, hostvars), tried) if own else []


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_recovery": recovery}
