# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_put_back): the turn that takes back what a turn did."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_put_back
version_added: 0.1.0
short_description: "[INTERNAL] The turn that takes back what a turn did"
description:
  - Where the rollout has failed at another host, this one goes back to what it ran before.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
options:
  _input:
    description: The turn of a host, from RV(zero.downtime.rollout_plan#module:plan).
    type: dict
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print it
  ansible.builtin.debug:
    msg: "{{ turn | zero.downtime._rollout_put_back }}"
"""

RETURN = r"""
_value:
  description: The turn.
  type: dict
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import registered


def put_back(facts: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    own = registered.turn_of(facts)
    return own.put_back_instead().as_dict() if own else {}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_put_back": put_back}
