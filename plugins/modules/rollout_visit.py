#!/usr/bin/python
# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout comes to a load balancer, or leaves it: the lock and the counters in one visit."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_visit
version_added: 0.1.0
short_description: Take the lock of a rollout and read HAProxy, or read HAProxy and release the lock
description:
  - What M(zero.downtime.rollout_lock) and M(zero.downtime.haproxy_server_info) do, in one task. So what is read was
    read while the lock was held, and a load balancer is visited once at the start of a rollout and once at its end.
  - A part of the role P(zero.downtime.rollout#role).
options:
  state:
    description:
      - V(come) takes the lock, then reads. Where HAProxy can't be read, the lock is given back and the task fails.
      - V(leave) reads, then releases the lock. It is released also where HAProxy can't be read; the task fails then.
    type: str
    choices: [come, leave]
    required: true
  lock:
    description: Whether there is a lock to take and to release.
    type: bool
    default: true
  look:
    description: Whether there is a HAProxy to read.
    type: bool
    default: true
  backend:
    description: Only this backend, by its name in C(haproxy.cfg). Without it, all backends that have servers.
    type: str
extends_documentation_fragment:
  - zero.downtime._lock
  - zero.downtime._haproxy
  - zero.downtime._attributes
  - zero.downtime._attributes.actiongroup_rollout
attributes:
  diff_mode:
    support: none
    details: [A lock and counters are nothing to compare.]
seealso:
  - module: zero.downtime.rollout_lock
  - module: zero.downtime.haproxy_server_info
author:
  - zero.downtime maintainers (!UNKNOWN)
"""

EXAMPLES = r"""
---
- name: Take the lock, and see what HAProxy says
  zero.downtime.rollout_visit:
    state: come
    service: hello
    token: "{{ rollout_id }}"
    owner: "{{ lookup('ansible.builtin.env', 'USER') }} at the controller"
    backend: hello
  delegate_to: "{{ item }}"
  loop: "{{ groups['load_balancers'] }}"
  run_once: true
  register: balancers
"""

RETURN = r"""
processes:
  description: As M(zero.downtime.haproxy_server_info) returns it; empty without O(look).
  returned: success
  type: list
  elements: dict
  sample: [{socket: /run/haproxy/admin.sock, pid: 4711, servers: [], backends: [], old_workers: []}]
lock:
  description: As M(zero.downtime.rollout_lock) returns it; empty without O(lock), and when nobody holds it.
  returned: success
  type: dict
  sample: {service: hello, owner: alice at ctrl1.example, age: 0.0, ttl: 900, stale: false}
waited:
  description: Seconds spent waiting for another rollout.
  returned: success
  type: float
  sample: 0.0
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zero.downtime.plugins.module_utils._clock import Clock
from ansible_collections.zero.downtime.plugins.module_utils._errors import ZeroDowntimeError
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.options import HAPROXY_OPTIONS
from ansible_collections.zero.downtime.plugins.module_utils._haproxy.survey import survey_all
from ansible_collections.zero.downtime.plugins.module_utils._lock.lock import fulfil
from ansible_collections.zero.downtime.plugins.module_utils._lock.options import LOCK_OPTIONS, wish


class Visit:
    """Each part is what the user asked for, or nothing."""

    def __init__(self, params: t.Mapping[str, t.Any], check_mode: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self.lock: dict[str, t.Any] = {"changed": False, "lock": {}, "waited": 0.0}
        self.processes: list[dict[str, t.Any]] = []

    def come(self) -> None:
        self.have_lock("held")
        try:
            self.look()
        except ZeroDowntimeError:
            self.have_lock("released")
            raise

    def leave(self) -> None:
        try:
            self.look()
        finally:
            self.have_lock("released")

    def look(self) -> None:
        if self.params["look"]:
            self.processes = survey_all(self.params, Clock(), self.params["backend"])

    def have_lock(self, state: str) -> None:
        if self.params["lock"]:
            self.lock = fulfil(
                wish(self.params, state),
                state_dir=self.params["state_dir"],
                timeout=self.params["timeout"],
                clock=Clock(),
                check_mode=self.check_mode,
            ).as_dict()


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **LOCK_OPTIONS,
            **HAPROXY_OPTIONS,
            "state": {"type": "str", "choices": ["come", "leave"], "required": True},
            "lock": {"type": "bool", "default": True},
            "look": {"type": "bool", "default": True},
            "backend": {"type": "str"},
        },
        supports_check_mode=True,
    )
    visit = Visit(module.params, module.check_mode)
    try:
        visit.come() if module.params["state"] == "come" else visit.leave()
    except ZeroDowntimeError as error:
        module.fail_json(msg=error.message, **error.details)
    if visit.lock.get("taken_over_from"):
        module.warn(f"Somebody's rollout was cut off: {', '.join(visit.lock['actions'])}")
    module.exit_json(
        changed=visit.lock["changed"],
        processes=visit.processes,
        lock=visit.lock["lock"],
        waited=visit.lock["waited"],
    )


if __name__ == "__main__":
    main()
