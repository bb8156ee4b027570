# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_stages): the stages that a host is about to go through."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_stages
version_added: 0.1.0
short_description: "[INTERNAL] The stages that a host is about to go through"
description:
  - The stages of a turn, led by what has to come first when it begins. A host that the turn before has drained is not
    drained again.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: hostvars, lock_is_due, unreachable
options:
  _input:
    description: The turn of a host, from RV(zero.downtime.rollout_plan#module:plan).
    type: dict
    required: true
  hostvars:
    description: Ansible's variable of that name.
    type: dict
    required: true
  lock_is_due:
    description: Whether the lock has to be refreshed first.
    type: bool
    default: false
  unreachable:
    description: The hosts that Ansible no longer takes along, because they were unreachable.
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
    msg: "{{ turn | zero.downtime._rollout_stages(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Their names.
  type: list
  elements: str
  sample: [drain, swap, restore]
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import registered, turn


def stages(
    facts: t.Mapping[str, t.Any],
    hostvars: t.Mapping[str, t.Any],
    lock_is_due: bool = False,
    unreachable: t.Sequence[str] = (),
) -> list[str]:
    own = registered.turn_of(facts)
    if own is None:
        return []
    if unreachable:
        return ["refuse_after_unreachable"]
    done = registered.done_by(own.host, hostvars) if own.previous_host else turn.Done()
    return [*(["refresh_lock"] if lock_is_due else []), *turn.remaining(own, done)]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_stages": stages}
