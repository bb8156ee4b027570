# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_outcome.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_outcome
version_added: 0.1.0
short_description: "[INTERNAL] Say what became of each host of a rollout"
description:
  - Reads what the tasks of the role registered on each host.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  service:
    description: The service that was rolled.
    type: str
    required: true
  hosts:
    description: All hosts of the rollout.
    type: list
    elements: str
    required: true
  plan:
    description: The RV(zero.downtime.rollout_plan#module:plan) of the rollout.
    type: dict
    required: true
  balancers:
    description: What a last look at each load balancer returned, which C(balancer) names.
    type: list
    elements: dict
    default: []
  unreachable:
    description: Those of O(hosts) that Ansible no longer takes along, because they were unreachable.
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
    service: hello
    hosts: "{{ ansible_play_hosts_all }}"
    plan: "{{ planned.plan }}"
    balancers: "{{ balancers.results }}"
    unreachable: "{{ ansible_play_hosts_all | difference(ansible_play_hosts) }}"
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
          V(untouched), V(up to date) if it was left alone, V(by tasks) if it failed and only
          O(zero.downtime.rollout#role:main:rollout_update_tasks) know what, V(unknown) if it failed and can't tell.
      type: str
      sample: new
    image:
      description: The image it runs, pinned; empty where only the user's tasks know.
      type: str
      sample: registry.example.com/hello:v2@sha256:220eca7d6e8c...
    digest:
      description: The digest of that image; empty where there is none.
      type: str
      sample: sha256:220eca7d6e8c...
    in_rotation:
      description: Whether every load balancer sends it requests; V(null) where one did not answer, or there is none.
      type: bool
      sample: true
    rotation:
      description: The same by load balancer.
      type: dict
      sample: {lb1: true}
    why:
      description: Why it failed, in one or more lines; empty if it did not.
      type: str
      sample: ''
    swapped:
      description: Whether its swap changed anything.
      type: bool
      sample: true
    seconds:
      description: How long its swap took.
      type: float
      sample: 2.4
    rehearsed:
      description: Whether this was check mode, where nothing of it has happened.
      type: bool
      sample: false
  sample: {app1: {host: app1, runs: new, in_rotation: true, why: '', seconds: 2.4}}
swapped:
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
  sample: ['app1: runs hello:v2 (sha256:220eca7d6e8c), in rotation; swapped in 2.4 s']
"""
