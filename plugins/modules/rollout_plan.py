# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_plan.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_plan
version_added: 0.1.0
short_description: "[INTERNAL] Plan who takes a turn in a rollout, in which order, and how many at once"
description:
  - From what was found on the hosts and the load balancers to one image and the turns of its rollout. Hosts that do
    not serve go first; hosts that run the image and serve are left out.
  - Fails where the rollout can't be done as asked, such as when the hosts found different images under one tag, or
    when a load balancer does not know a host's server.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  hosts:
    description:
      - All hosts of the rollout, in the order of the inventory. The role has registered on each what its settings are
        and what M(zero.downtime.container_swap) with O(zero.downtime.container_swap#module:prepare=true) found there.
    type: list
    elements: str
    required: true
  balancers:
    description: What M(zero.downtime.haproxy_server_info) returned at each load balancer, which C(balancer) names.
    type: list
    elements: dict
    required: true
  batches:
    description:
      - How many hosts each batch has, as numbers or shares such as V(25%). The last one repeats.
      - By default one host, then as many as O(min_healthy) lets out at once.
    type: list
    elements: raw
  min_healthy:
    description:
      - How many servers must be able to serve at any time, as a number, or as a share such as V(0.8) or V(80%).
    type: raw
    required: true
  forks:
    description: How many hosts Ansible works on at a time. No batch is larger.
    type: int
    required: true
  one_image:
    description: Whether all hosts must get the same image. In a restart each gets the one that it runs.
    type: bool
    default: true
  at_once:
    description: Whether these are one batch of a play. Fails where that drains too many at once.
    type: bool
    default: false
extends_documentation_fragment:
  - zero.downtime._attributes.controller
seealso:
  - module: zero.downtime.container_swap
  - module: zero.downtime.haproxy_server_info
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Plan who takes a turn, and when
  zero.downtime.rollout_plan:
    hosts: "{{ ansible_play_batch }}"
    balancers: "{{ balancers.results }}"
    min_healthy: 0.8
    forks: "{{ ansible_forks }}"
  run_once: true
  register: planned
"""

RETURN = r"""
plan:
  description: The rollout to be done.
  returned: success
  type: dict
  contains:
    image:
      description: The image, pinned by its digest; empty where tasks of your own do the swap.
      type: str
      sample: registry.example.com/hello:1.2@sha256:4f5b...
    hosts:
      description: The hosts that take a turn, in the order of their turns.
      type: list
      elements: str
      sample: [app2, app1]
    up_to_date:
      description: The hosts that are left alone.
      type: list
      elements: str
      sample: [app3]
    batches:
      description: How many hosts each batch has, for C(serial).
      type: list
      elements: int
      sample: [1, 1]
    most_out:
      description: How many hosts may be out of rotation at once.
      type: int
      sample: 1
    turns:
      description: By host what its turn consists of, as C(Turn) in plugins/plugin_utils/_rollout/turn.py describes it.
      type: dict
      sample: {app1: {in_step: [drain, swap, restore]}}
    lines:
      description: The servers of each host in HAProxy.
      type: dict
      sample: {app1: [app1], app2: [app2], app3: [app3]}
"""
