# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_in_step): lists of stages as one that is right for each."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_in_step
version_added: 0.1.0
short_description: "[INTERNAL] Lists of stages as one that is right for each"
description:
  - Ansible takes included files in the order in which the first host of a batch names them, so all hosts of a batch
    have to go through the same list.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
options:
  _input:
    description: The stages of each host.
    type: list
    elements: list
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print it
  ansible.builtin.debug:
    msg: "{{ [['restore'], ['drain', 'previous', 'restore']] | zero.downtime._rollout_in_step }}"
"""

RETURN = r"""
_value:
  description: Each stage once.
  type: list
  elements: str
  sample: [drain, previous, restore]
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.turn import in_step


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_in_step": in_step}
