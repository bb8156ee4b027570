# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: it may change without notice.
"""What every module states about itself: C(extends_documentation_fragment: zero.downtime._attributes).

A module that is weaker in one of these states its own C(support) and C(details) beside the fragment.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would change, without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: A second run with the same options, on a target that was not touched in between, changes nothing.
    support: full
"""

    # For modules that only read: they have nothing to show in a diff.
    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would change, without changing anything.
    support: full
    details: [This module only reads.]
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: none
    details: [This module only reads.]
  idempotent:
    description: A second run with the same options, on a target that was not touched in between, changes nothing.
    support: full
"""

    ACTIONGROUP_ROLLOUT = r"""
options: {}
attributes:
  action_group:
    description: Takes its defaults from C(group/zero.downtime.rollout) in C(module_defaults).
    support: full
    membership: [zero.downtime.rollout]
notes:
  - When its host can't be reached, the task fails and C(away) is V(true) in its result, so that a C(rescue) can act.
    Other modules leave the play then, and their rescue is skipped.
"""

    # For the actions that the role's tasks reckon with.
    CONTROLLER = r"""
options: {}
attributes:
  action:
    description: Runs on the controller, and needs nothing on the host of its task.
    support: full
  check_mode:
    description: Can run in C(check_mode) and return what it would change, without changing anything.
    support: full
    details: [This action only reckons.]
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: none
    details: [This action only reckons.]
  idempotent:
    description: A second run with the same options, on a target that was not touched in between, changes nothing.
    support: full
"""
