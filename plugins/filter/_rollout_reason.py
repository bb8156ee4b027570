# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_reason): why a task failed, from what it registered."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_reason
version_added: 0.1.0
short_description: "[INTERNAL] Why a task failed"
description:
  - One sentence for people from what a task registered, from the items of its loop too.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: host, task
options:
  _input:
    description: What the task registered, or what C(ansible_failed_result) holds in C(rescue).
    type: dict
    required: true
  host:
    description: The host whose turn it is.
    type: str
    default: ''
  task:
    description: The name of the task that failed.
    type: str
    default: ''
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Say why it failed
  ansible.builtin.fail:
    msg: "{{ ansible_failed_result | zero.downtime._rollout_reason }}"
"""

RETURN = r"""
_value:
  description: Why it failed.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.reason import reason


def rollout_reason(result: t.Any, host: str = "", task: str = "") -> str:
    if not isinstance(result, t.Mapping):
        raise AnsibleFilterError(
            f"zero.downtime._rollout_reason takes a registered result, not {type(result).__name__}"
        )
    return reason(result, host, task)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_reason": rollout_reason}
