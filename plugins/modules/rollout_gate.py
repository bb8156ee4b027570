# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_gate.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_gate
version_added: 0.1.0
short_description: "[INTERNAL] Judge by the counters of the load balancers whether the new servers may stay"
description:
  - Holds each new server to limits, over the time between two looks at all load balancers, beside the old servers
    over the same time. A judgement against them is returned and is no failure.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  backend:
    description: The backend in haproxy.cfg.
    type: str
    required: true
  limits:
    description: The limits of the option O(zero.downtime.rollout#role:main:rollout_gate).
    type: dict
    required: true
  before:
    description:
      - What M(zero.downtime.haproxy_server_info), asked for no single server, said at each load balancer at the start
        of the time. C(balancer) names the load balancer.
    type: list
    elements: dict
    required: true
  after:
    description: As O(before), at the end of the time.
    type: list
    elements: dict
    required: true
  new:
    description: The servers to judge.
    type: list
    elements: str
    required: true
  old:
    description: The servers to compare them with.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - zero.downtime._attributes.controller
seealso:
  - module: zero.downtime.haproxy_server_info
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Judge the first server that runs the new version
  zero.downtime.rollout_gate:
    backend: hello
    limits:
      max_5xx_ratio: 0.01
      min_requests: 100
    before: "{{ looks_before.results }}"
    after: "{{ looks_after.results }}"
    new: [app1]
    old: [app2, app3]
  run_once: true
  register: gate
"""

RETURN = r"""
judgement:
  description: Whether the new servers may stay, and why.
  returned: success
  type: dict
  contains:
    answer:
      description: V(go), V(roll_back), or V(not_enough) where the requests were too few to tell.
      type: str
      sample: not_enough
    reasons:
      description: Why, as sentences.
      type: list
      elements: str
      sample: [app1 had 12 of the 100 requests that are needed to tell]
    servers:
      description: The same of each new server. One to be rolled back makes it the answer for all.
      type: dict
      sample: {app1: {answer: not_enough, reasons: [app1 had 12 of the 100 requests that are needed to tell]}}
    numbers:
      description:
        - What was counted of each new server, and as C(old) of all old ones together. C(response_time) is the least
          and the most that it can have been, in milliseconds, or null.
      type: dict
      sample:
        app1: {requests: 12, answered_5xx: 0, errors: 0, failed_checks: 0, response_time: [1.0, 2.0]}
        old: {requests: 25, answered_5xx: 0, errors: 0, failed_checks: 0, response_time: [1.0, 2.0]}
"""
