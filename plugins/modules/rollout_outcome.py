# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_outcome.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_outcome
version_added: 0.1.0
short_description: Say what became of each host of a rollout
description:
  - Reads what the tasks of the role registered on each host.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  hosts:
    description: All hosts of the rollout.
    type: list
    elements: str
    required: true
  plan:
    description: The RV(zero.downtime.rollout_plan#module:plan) of the rollout.
    type: dict
    required: true
  lost:
    description: Those of O(hosts) that Ansible no longer takes along, for they were unreachable.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - zero.downtime._attributes.controller
seealso:
  - module: zero.downtime.rollout_plan
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: See what became of each host
  zero.downtime.rollout_outcome:
    hosts: "{{ ansible_play_hosts_all }}"
    plan: "{{ planned.plan }}"
    lost: "{{ ansible_play_hosts_all | difference(ansible_play_hosts) }}"
  run_once: true
  register: outcome
"""

RETURN = r"""
hosts:
  description: What became of each host.
  returned: success
  type: dict
  contains:
    host:
      description: The host.
      type: str
      sample: app1
    runs:
      description:
        - What it runs now - V(new) or V(old), V(put back) if it was rolled and runs the old version again,
          V(untouched), V(up to date) if it was left alone, V(serving) if it failed and serves, and only
          O(zero.downtime.rollout#role:main:rollout_update_tasks) know what, V(unknown) if it failed and can't tell.
      type: str
      sample: new
    why:
      description: Why it failed; empty if it did not.
      type: str
      sample: ''
    seconds:
      description: How long its swap took.
      type: float
      sample: 2.4
  sample: {app1: {host: app1, runs: new, why: '', seconds: 2.4}}
new:
  description: The hosts that run the new version since this rollout.
  returned: success
  type: list
  elements: str
  sample: [app1]
failures:
  description: The hosts that failed.
  returned: success
  type: list
  elements: str
  sample: []
text:
  description: The same for people, line by line.
  returned: success
  type: list
  elements: str
  sample: ['app1: runs the new version and serves (swapped in 2.4 s)']
"""
