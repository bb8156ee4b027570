# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(_rollout_stash): what another service's rollout registered on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _rollout_stash
version_added: 0.1.0
short_description: "[INTERNAL] What another service's rollout registered on a host"
description:
  - Two services may be rolled in one play with C(serial), and the end of the first one comes after the begin of the
    second on the hosts of the last batch.
  - A part of the role P(zero.downtime.rollout#role). It may change without notice.
options:
  _input:
    description: All variables of the host.
    type: dict
    required: true
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Print it
  ansible.builtin.debug:
    msg: "{{ hostvars[inventory_hostname] | zero.downtime._rollout_stash }}"
"""

RETURN = r"""
_value:
  description: By service, the variables.
  type: dict
"""

import typing as t

from ansible_collections.zero.downtime.plugins.plugin_utils._rollout.registered import stash


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"_rollout_stash": stash}
