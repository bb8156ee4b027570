#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server is restored, the next one is drained."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_hand_over
version_added: 0.1.0
short_description: "[INTERNAL] Restore one server in HAProxy, and drain the next one in the same visit"
description:
  - Does what M(zero.downtime.haproxy_server_state) does with O(zero.downtime.haproxy_server_state#module:state=ready)
    for one server, and once that one is up, what it does with O(zero.downtime.haproxy_server_state#module:state=maint)
    for another server of the same backend. So between the turns of two hosts the load balancer is visited once.
  - A server that can't be drained is a warning, not a failure, because the other one is restored all the same. See
    RV(drained).
  - In check mode only the restore is rehearsed.
  - A part of the role P(zero.downtime.rollout#role).
options:
  backend:
    description: The backend, by its name in C(haproxy.cfg).
    type: str
    required: true
  restore:
    description: The server to restore, by its name in C(haproxy.cfg).
    type: str
    required: true
  restore_timeout:
    description: Seconds to wait until HAProxy's own check has passed on the server to restore.
    type: float
    default: 60
  ramp:
    description: Seconds over which the weight of the restored server rises, in ten steps at most, once it is up.
    type: float
    default: 0
  drain:
    description: The server to drain then, by its name in C(haproxy.cfg).
    type: str
    required: true
  drain_timeout:
    description: Seconds to wait, for enough other servers (O(min_healthy)) and for the last request, together.
    type: float
    default: 60
  on_timeout:
    description:
      - What to do with requests to the server to drain that have not finished after O(drain_timeout).
      - V(fail) puts that server back as it was. V(cut) shuts the requests down, and goes on.
    type: str
    choices: [fail, cut]
    default: fail
  min_healthy:
    description:
      - How many servers of the backend must be able to serve without the one to drain - a number, or a share of all of
        them such as V(80%) or V(0.8).
      - V(0) accepts an interruption.
    type: raw
    default: 1
  persist:
    description:
      - A file to write HAProxy's server states to, so that a reload keeps them.
      - One file holds the states of one process, so it takes a single O(socket).
    type: path
extends_documentation_fragment:
  - zero.downtime._haproxy
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
seealso:
  - module: zero.downtime.haproxy_server_state
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Restore app1, and drain app2
  zero.downtime.rollout_hand_over:
    backend: hello
    restore: app1
    drain: app2
    min_healthy: 80%
    master_socket: /run/haproxy-master.sock
  delegate_to: lb1.example.com
"""

RETURN = r"""
actions:
  description:
    - What was done, in order - each line sent to a socket, and each file written. In check mode, what would be done to
      the server to restore.
  returned: always
  type: list
  elements: str
  sample:
    - "/run/haproxy/admin.sock: set server hello/app1 state ready"
    - "/run/haproxy/admin.sock: disable health hello/app2; set server hello/app2 state drain"
    - "/run/haproxy/admin.sock: set server hello/app2 state maint; enable health hello/app2"
elapsed:
  description: Seconds it took, both together.
  returned: always
  type: float
  sample: 2.13
restored:
  description:
    - What became of the server O(restore) - C(changed), C(actions), C(elapsed), C(before), C(after), C(sessions_cut)
      and C(persisted), as M(zero.downtime.haproxy_server_state) returns them.
  returned: always
  type: dict
  sample: {changed: true, actions: [], elapsed: 0.81, before: [], after: [], sessions_cut: 0, persisted: false}
drained:
  description:
    - What became of the server O(drain) - the same keys, whether it is C(out), and C(why) not.
    - Empty in check mode, and where O(restore) was not restored, because the drain has not begun then.
  returned: always
  type: dict
  sample:
    changed: true
    actions: []
    elapsed: 1.32
    before: []
    after: []
    sessions_cut: 0
    persisted: false
    out: true
    why: ""
socket:
  description: Where the restore failed.
  returned: failure, where one O(socket) was the cause
  type: str
  sample: /run/haproxy/admin.sock
command:
  description: What was sent to HAProxy there.
  returned: failure, where a command was the cause
  type: str
  sample: set server hello/app1 state ready
reply:
  description: What HAProxy answered.
  returned: failure, where HAProxy refused, or its answer could not be read
  type: str
  sample: Permission denied
known:
  description: The backends, or the servers of the backend, that there are; ten at most.
  returned: failure, where O(backend) or O(restore) is not one of them
  type: list
  elements: str
  sample: [app1, app2]
check:
  description: The health check of the server to restore, as M(zero.downtime.haproxy_server_info) returns it.
  returned: failure, where it did not pass in time
  type: dict
  sample: {configured: true, enabled: true, status: L4CON, text: "", health: 0, rise: 2, fall: 3}
option:
  description: The option whose value is refused.
  returned: failure, where one was
  type: str
  sample: min_healthy
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.hand_over import HandOver
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.module import run
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAND_OVER_OPTIONS, HAPROXY_OPTIONS


def main() -> t.NoReturn:
    module = AnsibleModule(argument_spec={**HAPROXY_OPTIONS, **HAND_OVER_OPTIONS}, supports_check_mode=True)
    run(module, HandOver(module.params, Clock(), rehearsal=module.check_mode))


if __name__ == "__main__":
    main()
