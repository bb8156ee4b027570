# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_ledger.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_ledger
version_added: 0.1.0
short_description: "[INTERNAL] Account for every request of a rollout, by the counters of the load balancers"
description:
  - Adds up what became of the requests to a backend between two readings of all load balancers.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  backend:
    description: The backend in haproxy.cfg.
    type: str
    required: true
  start:
    description:
      - What M(zero.downtime.haproxy_server_info) without C(server) returned at each load balancer before the rollout.
        C(balancer) names the load balancer.
    type: list
    elements: dict
    required: true
  service:
    description: The service that was rolled.
    type: str
    required: true
  hosts:
    description:
      - The hosts that took a turn. What their drains read tells what a process counted that a reload ended meanwhile.
    type: list
    elements: str
    default: []
  end:
    description: As O(start), after the rollout.
    type: list
    elements: dict
    required: true
  seconds:
    description: How long the rollout took, to be printed with the numbers.
    type: float
extends_documentation_fragment:
  - zero.downtime._attributes.controller
seealso:
  - module: zero.downtime.haproxy_server_info
  - module: zero.downtime.haproxy_server_state
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Account for the requests
  zero.downtime.rollout_ledger:
    service: hello
    backend: hello
    hosts: "{{ planned.plan.hosts }}"
    start: "{{ balancers_before.results }}"
    end: "{{ balancers_after.results }}"
    seconds: 14.2
  run_once: true
  register: account
"""

RETURN = r"""
ledger:
  description:
    - What became of the requests. Each one is in exactly one of C(answered), C(app_5xx), C(haproxy_5xx),
      C(unknown_5xx), C(cut), C(unanswered) and C(other).
  returned: success
  type: dict
  contains:
    requests:
      description: All requests that ended.
      type: int
      sample: 8604
    answered:
      description: Answered by the service, with no 5xx.
      type: int
      sample: 8604
    app_5xx:
      description: Answered by the service with a 5xx.
      type: int
      sample: 0
    haproxy_5xx:
      description: Answered by HAProxy with a 5xx, as no server took or answered them.
      type: int
      sample: 0
    unknown_5xx:
      description: Answered with a 5xx by one of the two.
      type: int
      sample: 0
    cut:
      description: The answer broke off.
      type: int
      sample: 0
    unanswered:
      description: The connection was closed without an answer.
      type: int
      sample: 0
    other:
      description: The client left before there was a server, or the status was beyond 5xx.
      type: int
      sample: 0
    lost:
      description: The sum of RV(ledger.haproxy_5xx), RV(ledger.cut) and RV(ledger.unanswered).
      type: int
      sample: 0
    lost_at_most:
      description: As RV(ledger.lost), with what the counters leave open.
      type: int
      sample: 0
    connect_errors:
      description: Failed attempts to connect to a server. This and the next four count events, not requests.
      type: int
      sample: 0
    response_errors:
      description: Failed responses of servers.
      type: int
      sample: 0
    retried:
      description: Attempts to connect that were repeated.
      type: int
      sample: 0
    redispatched:
      description: Attempts that were repeated at another server.
      type: int
      sample: 0
    client_aborts:
      description: Transfers that the client aborted.
      type: int
      sample: 2
    sessions_cut:
      description: How many sessions the rollout itself cut.
      type: int
      sample: 0
    seconds:
      description: As in O(seconds).
      type: float
      sample: 14.2
    balancers:
      description: The load balancers that were read.
      type: list
      elements: str
      sample: [lb1]
    complete:
      description: Whether every process was read after all that it counted. If not, every number is an C(at least).
      type: bool
      sample: true
    gaps:
      description: What was counted and not read, as sentences.
      type: list
      elements: str
      sample: []
    text:
      description: The whole in one line for people.
      type: str
      sample: 8,604 requests answered, 0 lost, in 14.2 s on lb1
"""
