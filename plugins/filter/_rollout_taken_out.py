# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_taken_out): where a drain that failed has taken a server out."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_taken_out
version_added: 0.1.0
short_description: Where a drain that failed has taken a server out
description:
  - Each load balancer and server that a drain took out of rotation, or may have, for one that was lost on the way can't
    say. What was out before is not among them, nor what was put back at once.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
options:
  _input:
    description: What a loop of M(zero.downtime.haproxy_server_state) over C(balancer_and_line) registered.
    type: dict
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Say them
  ansible.builtin.debug:
    msg: "{{ drained | zero.downtime._rollout_taken_out }}"
"""

RETURN = r"""
_value:
  description: Pairs of a load balancer and a server.
  type: list
  elements: list
  sample: [[lb1, app1]]
"""

import typing as t

Result = t.Mapping[str, t.Any]


def taken_out(drained: Result) -> list[list[str]]:
    return [list(result["balancer_and_line"]) for result in drained.get("results", ()) if _may_be_out(result)]


def _may_be_out(result: Result) -> bool:
    # The load balancer was lost on the way, or the module killed.
    if "before" not in result:
        return True
    pairs = zip(result["before"], result["after"])
    return any(before["state"] == "ready" and after["state"] != "ready" for before, after in pairs)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_taken_out": taken_out}
