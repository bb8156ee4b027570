# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_health): rollout_health as the options of a module."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_health
version_added: 0.1.0
short_description: "[INTERNAL] The health of a service as the options of a module"
description:
  - What to ask before the way on, and on the way back.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
positional: any_version, port
options:
  _input:
    description: As in O(zero.downtime.rollout#role:main:rollout_health), or that as a text of JSON.
    type: raw
    required: true
  any_version:
    description: Whether to leave out what tells one version from another.
    type: bool
    default: false
  port:
    description: For a service that is not a container, the port of C(path).
    type: int
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print it
  ansible.builtin.debug:
    msg: "{{ {'path': '/ping', 'body_contains': 'v2'} | zero.downtime._rollout_health(any_version=true) }}"
"""

RETURN = r"""
_value:
  description: The options.
  type: dict
  sample: {path: /ping}
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import health


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_health": health.options}
