# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_reach.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_reach
version_added: 0.1.0
short_description: Fail when a host can't be reached
description:
  - Opens the host's connection and runs C(true) there. When that can't be done the task fails, so that a C(rescue) can
    act; an unreachable host leaves the play otherwise.
  - A part of the role P(zero.downtime.rollout#role), which makes sure of a host before it takes it out of the load
    balancers.
options: {}
extends_documentation_fragment:
  - zero.downtime._attributes.controller
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Be sure of the host while it still serves
  zero.downtime.rollout_reach:
"""

RETURN = r"""
away:
  description: Whether the host was unreachable.
  returned: when it was
  type: bool
  sample: true
"""
