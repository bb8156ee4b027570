# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_settings.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_settings
version_added: 0.1.0
short_description: "[INTERNAL] Refuse settings of a rollout that cannot be right"
description:
  - Checks every C(rollout_*) variable of the host by the argument spec of the role that its task is in, then against
    each other and the inventory, and fails with all that it finds.
  - Warns of C(rollout_*) variables that the role does not have, and says who runs this rollout, for its lock.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  at_once:
    description: Whether the hosts are one batch of a play of the user's, about whose limits it then warns.
    type: bool
    default: false
extends_documentation_fragment:
  - zero.downtime._attributes.controller
seealso:
  - module: zero.downtime.rollout_lock
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Refuse settings that can't be right
  zero.downtime.rollout_settings:
  register: run
"""

RETURN = r"""
token:
  description: What only this rollout knows; the O(zero.downtime.rollout_lock#module:token) of its lock.
  returned: success
  type: str
  sample: 0f3c9a1b2d4e5f60/4711-81234/5254006d-e02d-42b5-0d80-00000000000b
alive:
  description: The runs that this controller has now; the O(zero.downtime.rollout_lock#module:alive) of its lock.
  returned: success
  type: list
  elements: str
  sample: [4711-81234]
owner:
  description: Who runs it, and where; the O(zero.downtime.rollout_lock#module:owner) of its lock.
  returned: success
  type: str
  sample: alice@ctrl1.example
lock_ttl:
  description: How long the lock lasts without a refresh, in seconds.
  returned: success
  type: int
  sample: 600
longest_turn:
  description: Seconds that the timeouts of a turn add up to.
  returned: success
  type: float
  sample: 250.0
at:
  description: When the rollout began, in seconds since 1970.
  returned: success
  type: float
  sample: 1767225600.5
host:
  description: What M(zero.downtime.rollout_plan) has to know of the host.
  returned: success
  type: dict
  sample: {server: app1, slots: [], load_balancers: [lb1], backend: hello, verifies: false}
files:
  description: Where the user's task files are, by the name of the hook; C(update_tasks) for those of the swap.
  returned: success
  type: dict
  sample: {after_rollout: /home/alice/hello/announce.yml}
report:
  description: The whole path of C(rollout_report) on the controller; empty without one.
  returned: success
  type: str
  sample: /home/alice/hello/report.json
"""
