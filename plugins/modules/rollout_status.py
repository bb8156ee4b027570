# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of an action: it runs on the controller, in plugins/action/rollout_status.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_status
version_added: 0.1.0
short_description: "[INTERNAL] Say who runs what since when"
description:
  - Makes a table of what the hosts and the load balancers said.
  - A part of the role P(zero.downtime.rollout#role). It runs on the controller and touches nothing.
options:
  hosts:
    description:
      - The hosts, and of each its C(server) in HAProxy, its C(slots), and as C(look) the result of
        M(zero.downtime.container_swap) in check mode.
    type: dict
    required: true
  balancers:
    description: What M(zero.downtime.haproxy_server_info) said at each load balancer, which C(balancer) names.
    type: list
    elements: dict
    required: true
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
- name: Put it into a table
  zero.downtime.rollout_status:
    hosts:
      app1:
        server: app1
        look: "{{ hostvars['app1'].look }}"
    balancers: "{{ looks.results }}"
  run_once: true
  register: status
"""

RETURN = r"""
hosts:
  description: A row for each host.
  returned: success
  type: dict
  contains:
    host:
      description: The host.
      type: str
      sample: app1
    version:
      description: The tag of the image that it runs, or C(-).
      type: str
      sample: v2
    digest:
      description: The image's digest; empty for one that never met a registry, or where nothing runs.
      type: str
      sample: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    since:
      description: When the container was started, in UTC.
      type: str
      sample: "2026-01-20T14:00:03"
    state:
      description: The engine's word for the container's state, V(absent), V(unreachable) or V(unknown).
      type: str
      sample: running
    slot:
      description: The host port of the slot that it is in, or V(null).
      type: int
      sample: 8081
    servers:
      description: Each server of the host on each load balancer, and its state there.
      type: dict
      sample: {lb1/app1: "ready, up"}
    history:
      description: The last changes on the host, the latest first, as RV(zero.downtime.container_swap#module:history).
      type: list
      elements: dict
      sample: [{when: "2026-01-20T14:00:01+00:00", who: alice@control.example.com, what: swap, result: done}]
    why:
      description: Of a state that is V(unknown), what the host said; else empty.
      type: str
      sample: ""
  sample: {app1: {host: app1, version: v2}}
drift:
  description: Which hosts run which version, if not all run the same; else empty.
  returned: success
  type: str
  sample: ""
text:
  description:
    - The table, line by line; below it the drift, a line for the last change of each host, and one for each load
      balancer that did not answer.
  returned: success
  type: list
  elements: str
  sample: [host  version]
"""
